import { stat } from 'node:fs/promises'
import { existsSync } from 'node:fs'
import path from 'node:path'
import { expect, test } from 'vitest'
import { issueSetUpLink } from '@/lib/server/operator/issue-set-up-link'
import { createTestPlace, forEachDatabase } from '../setup/open-test-dependencies'
import { openBrowser, readSetUpToken, setUpAdministrator, testPassword } from '../setup/sign-in'
import { startServer } from '../setup/start-server'
import { stepsOf, tlsEnvironment } from './step-caller'

const who = { email: 'Ada@Example.org', name: 'Ada', password: testPassword }
const tokenOf = (link: { url: string } | null) => link?.url.split('/').at(-1) ?? ''

forEachDatabase('the set-up link', (open) => {
  test('works once, for a day, and only the newest does', async () => {
    let now = new Date()
    const opened = await open({ now: () => now, environment: tlsEnvironment })
    const step = stepsOf(opened)
    const issue = async () => tokenOf(await issueSetUpLink(opened.dependencies, 'https://console.example'))

    const old = await issue()
    const expiring = await issue()
    expect((await step('set-up', { token: old, ...who })).body.code).toBe('link_invalid')
    now = new Date(now.getTime() + 24 * 3600_000)
    expect((await step('set-up', { token: expiring, ...who })).body.code).toBe('link_invalid')

    const token = await issue()
    for (const wrong of ['', 'csu_', token.slice(0, -1), `${token}x`, token.toUpperCase(), `csu_${'A'.repeat(43)}`]) {
      expect((await step('set-up', { token: wrong, ...who })).body.code).toBe('link_invalid')
    }
    expect((await step('accept-link', { token, password: testPassword })).body.code).toBe('link_invalid')

    // Two who have it at the same time: one becomes the administrator.
    const answers = await Promise.all([
      step('set-up', { token, ...who }),
      step('set-up', { token, ...who, email: 'eve@example.org' }),
    ])
    expect(answers.map(({ status }) => status).sort()).toEqual([200, 403])
    expect(answers.find(({ status }) => status === 200)?.body.next).toBe('totp_enrollment')
    expect(await issueSetUpLink(opened.dependencies, 'https://console.example')).toBeNull()
    expect(await opened.dependencies.prisma.operatorLink.count({ where: { usedAt: null } })).toBe(0)

    const [made] = await opened.dependencies.prisma.operator.findMany()
    expect(made).toMatchObject({ role: 'administrator' })
    expect(['ada@example.org', 'eve@example.org']).toContain(made?.email)
    const actions = await opened.dependencies.prisma.auditEvent.findMany({ where: { action: 'operator.set_up' } })
    expect(actions).toHaveLength(1)
  })
})

test('every start prints a fresh link and leaves it in a private file, until there is an administrator', async () => {
  const place = await createTestPlace('postgresql')
  try {
    const file = path.join(place.dataDirectory, 'set-up-link')
    const first = await startServer(place)
    const firstToken = await readSetUpToken(place.dataDirectory)
    expect(first.output()).toContain(`http://localhost:${first.port}/set-up/${firstToken}`)
    expect((await stat(file)).mode & 0o777).toBe(0o600)
    await first.stop()

    const server = await startServer(place)
    const token = await readSetUpToken(place.dataDirectory)
    expect(token).not.toBe(firstToken)
    const browser = openBrowser(server)
    const old = await browser.fetch(`/set-up/${firstToken}`)
    expect(await old.text()).toContain('This link does not work any more')
    const page = await browser.fetch(`/set-up/${token}`)
    expect(page.headers.get('referrer-policy')).toBe('no-referrer')
    expect(await page.text()).toContain('Set up Countersign')
    expect(await (await browser.fetch('/sign-in')).text()).toContain('Nobody administers this deployment yet')
    const refused = await browser.step('set-up', { token: firstToken, ...who })
    expect(refused.body.code).toBe('link_invalid')

    await setUpAdministrator(server, place.dataDirectory)
    expect(existsSync(file)).toBe(false)
    expect(await (await openBrowser(server).fetch(`/set-up/${token}`)).text()).toContain('does not work any more')
    await server.stop()

    const third = await startServer(place)
    expect(existsSync(file)).toBe(false)
    expect(third.output()).not.toContain('/set-up/')
    await third.stop()
  } finally {
    await place.remove()
  }
})
