import { randomBytes } from 'node:crypto'
import { expect, test } from 'vitest'
import { forEachDatabase } from '../setup/open-test-dependencies'
import { testPassword, totpCode } from '../setup/sign-in'
import { insertTestOperator, stepsOf, tlsEnvironment, type CallStep } from './step-caller'

const ada = 'ada@example.org'
/** The clock stands still unless a test moves it. */
const start = new Date()
const wrong = { email: ada, password: 'not the password' }
const right = { email: ada, password: testPassword }
async function enroll(step: CallStep): Promise<{ secret: string; cookie: string }> {
  const passed = await step('password', right)
  const { ticket } = passed.body
  const { secret } = (await step('begin-totp', { ticket })).body
  const confirmed = await step('confirm-totp', { ticket, code: totpCode(secret, 0, start.getTime()) })
  expect(confirmed.status).toBe(200)
  return { secret, cookie: String(confirmed.headers['Set-Cookie']).split(';')[0] ?? '' }
}

forEachDatabase('wrong tries', (open) => {
  test('delay an account more and more, and nobody is shut out: after the wait the operator gets in', async () => {
    let now = start
    const opened = await open({ now: () => now, environment: tlsEnvironment })
    await insertTestOperator(opened, ada, 'administrator')
    const step = stepsOf(opened)
    const waits: (number | string)[] = []
    for (let index = 0; index < 5; index += 1) expect((await step('password', wrong)).body.code).toBe('sign_in_refused')
    for (let index = 0; index < 3; index += 1) {
      const refused = await step('password', right)
      expect(refused.body.code).toBe('locked_out')
      expect(refused.status).toBe(429)
      const seconds = Number(refused.headers['Retry-After'])
      waits.push(seconds)
      now = new Date(now.getTime() + seconds * 1000)
      expect((await step('password', wrong)).body.code).toBe('sign_in_refused')
    }
    expect(waits).toEqual([1, 2, 4])
    now = new Date(now.getTime() + 8000)
    expect((await step('password', right)).status).toBe(200)
    // And the count begins anew.
    expect((await step('password', wrong)).body.code).toBe('sign_in_refused')
    expect((await step('password', right)).status).toBe(200)
  })

  test('count under one name however it is spelled, and from wherever', async () => {
    const opened = await open({ now: () => start, environment: tlsEnvironment })
    await insertTestOperator(opened, ada, 'administrator')
    const step = stepsOf(opened)
    const spellings = [ada, 'ADA@example.org', '  ada@example.org ', 'Ada@Example.Org\t', '\uff41da@example.org']
    for (const [index, email] of spellings.entries()) {
      const tried = await step('password', { ...wrong, email }, { address: `198.51.100.${index}` })
      expect(tried.body.code).toBe('sign_in_refused')
    }
    expect((await step('password', right, { address: '203.0.113.9' })).body.code).toBe('locked_out')
    expect((await step('password', { ...right, email: 'ADA@EXAMPLE.ORG' })).body.code).toBe('locked_out')
  })

  test('count for accounts that do not exist just the same, and answer the same', async () => {
    const opened = await open({ now: () => start, environment: tlsEnvironment })
    await insertTestOperator(opened, ada, 'administrator')
    const step = stepsOf(opened)
    const codesOf = async (email: string) => {
      const codes: string[] = []
      for (let index = 0; index < 6; index += 1) {
        const { body } = await step('password', { email, password: 'x' }, { address: `198.51.100.${index}` })
        codes.push(`${body.code} ${body.detail}`)
      }
      return codes
    }
    expect(await codesOf('nobody@example.org')).toEqual(await codesOf(ada))
  })

  test('do not pass in parallel while the first is still compared', async () => {
    const opened = await open({ now: () => start, environment: tlsEnvironment })
    await insertTestOperator(opened, ada, 'administrator')
    const step = stepsOf(opened)
    const answers = await Promise.all(Array.from({ length: 12 }, () => step('password', wrong)))
    const codes = answers.map(({ body }) => body.code)
    expect(codes.filter((code) => code === 'sign_in_refused')).toHaveLength(5)
    expect(codes.filter((code) => code === 'locked_out')).toHaveLength(7)
  })

  test('cannot shut out a browser in which the operator has signed in before', async () => {
    let now = start
    const opened = await open({ now: () => now, environment: tlsEnvironment })
    await insertTestOperator(opened, ada, 'administrator')
    const step = stepsOf(opened)
    const { secret, cookie } = await enroll(step)
    for (let index = 0; index < 6; index += 1) await step('password', wrong, { address: '198.51.100.1' })
    expect((await step('password', right, { address: '203.0.113.9' })).body.code).toBe('locked_out')
    const forged = cookie.replace(/=.*/, `=${randomBytes(200).toString('base64url')}`)
    expect((await step('password', right, { cookie: forged })).body.code).toBe('locked_out')
    const known = await step('password', right, { cookie })
    expect(known.body.next).toBe('second_factor')
    now = new Date(now.getTime() + 30_000)
    const { ticket } = known.body
    expect((await step('totp', { ticket, code: totpCode(secret, 1, start.getTime()) }, { cookie })).status).toBe(200)
    // Nor does the cookie help with another account.
    await insertTestOperator(opened, 'eve@example.org', 'viewer')
    const eve = { email: 'eve@example.org', password: 'wrong' }
    for (let index = 0; index < 5; index += 1) await step('password', eve, { cookie })
    expect((await step('password', eve, { cookie })).body.code).toBe('locked_out')
  })

  test('of a code count on the operator, not on the ticket or the address', async () => {
    let now = start
    const opened = await open({ now: () => now, environment: tlsEnvironment })
    await insertTestOperator(opened, ada, 'administrator')
    const step = stepsOf(opened)
    const { secret } = await enroll(step)
    now = new Date(now.getTime() + 30_000)
    const good = totpCode(secret, 1, start.getTime())
    const bad = good === '000000' ? '000001' : '000000'
    for (let index = 0; index < 5; index += 1) {
      const { ticket } = (await step('password', right)).body
      const tried = await step('totp', { ticket, code: bad }, { address: `198.51.100.${index}` })
      expect(tried.body.code).toBe('sign_in_refused')
    }
    const { ticket } = (await step('password', right)).body
    expect((await step('totp', { ticket, code: good }, { address: '203.0.113.9' })).body.code).toBe('locked_out')
    expect((await step('recovery-code', { ticket, code: 'AAAA-AAAA-AAAA-AAAA' })).body.code).toBe('locked_out')
    now = new Date(now.getTime() + 2000)
    expect((await step('totp', { ticket, code: good })).status).toBe(200)
  })

  test('from one address count there, and a forged X-Forwarded-For makes it no other', async () => {
    const opened = await open({ now: () => start, environment: tlsEnvironment })
    for (let index = 0; index < 22; index += 1) {
      await insertTestOperator(opened, `operator${index}@example.org`, 'viewer')
    }
    const step = stepsOf(opened)
    for (let index = 0; index < 20; index += 1) {
      const from = { address: '198.51.100.1', forwardedFor: `10.0.0.${index}` }
      const tried = await step('password', { email: `operator${index}@example.org`, password: 'x' }, from)
      expect([index, tried.body.code]).toEqual([index, 'sign_in_refused'])
    }
    const next = { email: 'operator21@example.org', password: 'x' }
    const forged = { address: '198.51.100.1', forwardedFor: '10.0.0.99' }
    expect((await step('password', next, forged)).body.code).toBe('locked_out')
    expect((await step('password', next, { address: '198.51.100.2' })).body.code).toBe('sign_in_refused')
  })

  test('are kept in the database: another process counts on', async () => {
    const opened = await open({ now: () => start, environment: tlsEnvironment })
    await insertTestOperator(opened, ada, 'administrator')
    const step = stepsOf(opened)
    for (let index = 0; index < 5; index += 1) await step('password', wrong)
    const rows = await opened.dependencies.prisma.signInAttempt.findMany()
    expect(rows.map(({ failures }) => failures)).toEqual([5, 5])
    if (opened.place.kind === 'embedded') return
    const second = await open({ place: opened.place, now: () => start, environment: tlsEnvironment })
    expect((await stepsOf(second)('password', right)).body.code).toBe('locked_out')
  })
})
