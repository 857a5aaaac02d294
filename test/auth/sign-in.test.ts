import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createTestPlace, type DatabaseKind, type TestPlace } from '../setup/open-test-dependencies'
import { openBrowser, setUpAdministrator, testPassword, totpCode, type TestOperator } from '../setup/sign-in'
import { startServer, type RunningServer } from '../setup/start-server'

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

  const passwordStep = async () => {
    const browser = openBrowser(server)
    const answer = await browser.step('password', { email: ada.email, password: testPassword })
    expect(answer.body).toMatchObject({ next: 'second_factor' })
    return { browser, ticket: String(answer.body.ticket) }
  }

  test('the set-up ends in a session of an administrator with a second factor', async () => {
    const self = await ada.browser.api('GET', '/self')
    expect(self.body).toMatchObject({
      email: 'ada@example.org',
      role: 'administrator',
      hasTotp: true,
      recoveryCodesLeft: 10,
    })
    expect(self.body.session).toMatchObject({ secondFactor: 'totp', isCurrent: true, state: 'live' })
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
    expect((await browser.beginSession(String(winner.body.ticket))).status).toBe(200)
    expect((await browser.api('GET', '/self')).status).toBe(200)
    // The ticket is gone with it.
    const again = openBrowser(server)
    expect((await again.beginSession(String(winner.body.ticket))).status).toBe(401)
    expect((await again.api('GET', '/self')).body.code).toBe('unauthenticated')
  })
})
