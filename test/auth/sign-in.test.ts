import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createTestPlace, type DatabaseKind, type TestPlace } from '../setup/open-test-dependencies'
import {
  createSignedInOperator,
  openBrowser,
  setUpAdministrator,
  testPassword,
  totpCode,
  type TestBrowser,
  type TestOperator,
} from '../setup/sign-in'
import { startServer, type RunningServer } from '../setup/start-server'

const session = '__Host-countersign-session'

describe.each<DatabaseKind>(['postgresql', 'embedded'])('signing in on %s', (kind) => {
  let place: TestPlace
  let server: RunningServer
  let ada: TestOperator

  beforeAll(async () => {
    place = await createTestPlace(kind)
    server = await startServer(place)
    ada = await setUpAdministrator(server, place.dataDirectory)
  })
  afterAll(async () => {
    await server.stop()
    await place.remove()
  })

  const passwordStep = async (browser = openBrowser(server)) => {
    const answer = await browser.step('password', { email: ada.email, password: testPassword })
    expect(answer.body).toMatchObject({ next: 'second_factor' })
    return { browser, ticket: answer.body.ticket }
  }
  let codesUsed = 0
  /** Recovery codes need no waiting for the next half minute. */
  const signIn = async (browser?: TestBrowser) => {
    const passed = await passwordStep(browser)
    const code = ada.recoveryCodes[codesUsed++]
    const answer = await passed.browser.step('recovery-code', { ticket: passed.ticket, code })
    expect(answer.status).toBe(200)
    expect((await passed.browser.beginSession(answer.body.ticket)).status).toBe(200)
    return passed.browser
  }
  const expectOver = async (browser: TestBrowser) => {
    const answer = await browser.api('GET', '/self')
    expect([answer.status, answer.body.code]).toEqual([401, 'unauthenticated'])
    expect((await browser.api('POST', '/operators', {})).body.code).toBe('unauthenticated')
    expect(await (await browser.fetch('/api/auth/session')).json()).not.toHaveProperty('user')
  }

  test('the set-up ends in a session of an administrator with a second factor', async () => {
    const { body } = await ada.browser.api('GET', '/self')
    expect(body).toMatchObject({ email: ada.email, role: 'administrator', hasTotp: true, recoveryCodesLeft: 10 })
    expect(body.session).toMatchObject({ secondFactor: 'totp', isCurrent: true, state: 'live' })
  })

  test('the cookie is __Host-, HttpOnly, Secure and SameSite, and holds nothing but an encrypted id', async () => {
    const browser = await signIn()
    const { ticket } = await passwordStep()
    expect(ticket).toMatch(/^cse_/)
    const response = await browser.fetch('/api/auth/session')
    const line = response.headers.getSetCookie().find((cookie) => cookie.startsWith(`${session}=`)) ?? ''
    for (const attribute of ['Path=/', 'HttpOnly', 'Secure', 'SameSite=Lax']) expect(line).toContain(attribute)
    expect(line).not.toContain('Domain')
    expect(await response.json()).toEqual({ expires: expect.any(String) as string })
    expect(browser.jar.get(session)?.split('.')).toHaveLength(5)
  })

  test('a code of the app is taken once, also by two windows at the same time', async () => {
    const [first, second] = await Promise.all([passwordStep(), passwordStep()])
    const code = totpCode(ada.totpSecret!, 1)
    const answers = await Promise.all([
      first.browser.step('totp', { ticket: first.ticket, code }),
      second.browser.step('totp', { ticket: second.ticket, code }),
    ])
    expect(answers.map(({ status }) => status).sort()).toEqual([200, 401])
    const winner = answers.find(({ status }) => status === 200)!
    const browser = openBrowser(server)
    expect((await browser.beginSession(winner.body.ticket)).status).toBe(200)
    expect((await browser.api('GET', '/self')).status).toBe(200)
    // The ticket is gone with it.
    const again = openBrowser(server)
    expect((await again.beginSession(winner.body.ticket)).status).toBe(401)
    expect((await again.api('GET', '/self')).body.code).toBe('unauthenticated')
  })

  test('a code in another spelling is no code', async () => {
    const { browser, ticket } = await passwordStep()
    const code = totpCode(ada.totpSecret!, 1)
    const arabic = code.replace(/\d/g, (digit) => String.fromCodePoint(0x660 + Number(digit)))
    for (const spelled of [` ${code}`, `${code}\n`, code.slice(0, 5), `0${code}`, arabic, Number(code)]) {
      expect((await browser.step('totp', { ticket, code: spelled })).body.code).toBe('request_malformed')
    }
  })

  test('a recovery code opens one sign-in, however it is written down, and is counted', async () => {
    const code = ada.recoveryCodes.at(-1)!
    const spelled = ` ${code.toLowerCase().replaceAll('-', ' ')} `
    const first = await passwordStep()
    const answer = await first.browser.step('recovery-code', { ticket: first.ticket, code: spelled })
    expect(answer.status).toBe(200)
    const { browser, ticket } = await passwordStep()
    expect((await browser.step('recovery-code', { ticket, code })).body.code).toBe('sign_in_refused')
    // A password's ticket is no session, and the session's ticket no second password step.
    expect((await browser.beginSession(ticket)).status).toBe(401)
    expect((await browser.step('totp', { ticket: answer.body.ticket, code: '000000' })).body.code).toBe(
      'sign_in_step_expired',
    )
    // A second factor that is there is not replaced on the way in.
    expect((await browser.step('begin-totp', { ticket })).body.code).toBe('sign_in_step_expired')
    const events = await ada.browser.api('GET', '/audit-events?action=operator.use_recovery_code')
    expect(events.body.items.length).toBeGreaterThan(0)
  })

  test('a sign-in makes a new session and ends the one that the browser had', async () => {
    const browser = await signIn()
    const before = browser.jar.get(session)!
    const { body: old } = await browser.api('GET', '/self')
    await signIn(browser)
    const { body: fresh } = await browser.api('GET', '/self')
    expect(fresh.session.id).not.toBe(old.session.id)
    const replaced = openBrowser(server)
    replaced.jar.set(session, before)
    await expectOver(replaced)
  })

  test('signing out ends the session, not only the cookie', async () => {
    const browser = await signIn()
    const cookie = browser.jar.get(session)!
    expect((await browser.signOut()).status).toBe(200)
    expect(browser.jar.get(session)).toBeUndefined()
    const kept = openBrowser(server)
    kept.jar.set(session, cookie)
    await expectOver(kept)
  })

  test('an ended session opens nothing at once, and pages lead to the sign-in and back', async () => {
    const browser = await signIn()
    const { body } = await browser.api('GET', '/self')
    expect((await ada.browser.api('POST', `/sessions/${body.session.id}/end`, {})).body).toMatchObject({
      state: 'ended',
      endReason: 'ended',
    })
    await expectOver(browser)
    expect((await ada.browser.api('POST', `/sessions/${body.session.id}/end`, {})).body.code).toBe('conflict')
    const signedIn = await ada.browser.fetch('/sign-in?return=%2Fdocs%2Ferrors')
    expect(signedIn.headers.get('location')).toBe('/docs/errors')
    const astray = await ada.browser.fetch('/sign-in?return=%2F%2Fevil.example')
    expect(astray.headers.get('location')).toBe('/')
  })

  test('a cookie of another deployment, a changed one, two at once, or none of ours is no session', async () => {
    const cookie = ada.browser.jar.get(session)!
    const other = openBrowser(server)
    for (const value of [
      cookie.slice(0, -3),
      `${cookie.slice(0, -1)}!`,
      'x',
      cookie.split('.').slice(0, 4).join('.'),
    ]) {
      other.jar.set(session, value)
      expect((await other.api('GET', '/self')).body.code).toBe('unauthenticated')
    }
    const twice = await other.fetch('/api/v1/self', {
      headers: { cookie: `${session}=${cookie}; ${session}=${cookie}` },
    })
    expect(twice.status).toBe(401)
    const named = await other.fetch('/api/v1/self', { headers: { cookie: `next-auth.session-token=${cookie}` } })
    expect(named.status).toBe(401)
    // The browser's own token is made with the same key for another purpose.
    other.jar.set(session, ada.browser.jar.get('__Host-countersign-browser')!)
    expect((await other.api('GET', '/self')).body.code).toBe('unauthenticated')
  })

  test('who is no administrator signs in without a second factor, and may set one up', async () => {
    const vera = await createSignedInOperator(ada.browser, 'viewer', 'vera@example.org')
    expect(vera.totpSecret).toBeUndefined()
    const { browser } = vera
    expect((await browser.api('POST', '/self/recovery-codes', { currentPassword: testPassword })).body.code).toBe(
      'conflict',
    )
    expect((await browser.api('POST', '/self/totp', { currentPassword: 'wrong' })).body.code).toBe('sign_in_refused')
    const setup = await browser.api('POST', '/self/totp', { currentPassword: testPassword })
    const code = totpCode(setup.body.secret)
    const confirmed = await browser.api('POST', '/self/totp/confirm', { code })
    expect(confirmed.body.recoveryCodes).toHaveLength(10)
    const again = openBrowser(server)
    const passed = await again.step('password', { email: vera.email, password: testPassword })
    expect(passed.body.next).toBe('second_factor')
    // The code that confirmed it is used up.
    expect((await again.step('totp', { ticket: passed.body.ticket, code })).body.code).toBe('sign_in_refused')
  })

  test('nothing secret stands in the log', () => {
    const log = server.output()
    const secrets = [testPassword, ada.totpSecret!, ...ada.recoveryCodes, ada.browser.jar.get(session)!]
    for (const secret of secrets) expect(log).not.toContain(secret)
    expect(log).not.toContain('cse_')
  })
})
