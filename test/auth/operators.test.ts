import { expect, test } from 'vitest'
import type { Principal } from '@/lib/domain/operator/principal'
import { formatId } from '@/lib/domain/ids'
import { dispatchOperation } from '@/lib/server/http/dispatch-operation'
import { newUuid } from '@/lib/server/new-uuid'
import { apiOf, codeOf } from '../api/call-api'
import { forEachDatabase, type OpenedForTest } from '../setup/open-test-dependencies'
import { testPassword, totpCode, type AnswerBody } from '../setup/sign-in'
import { insertTestOperator, stepsOf, tlsEnvironment } from './step-caller'

/** A session straight into the table, and calls of the API on its behalf. */
async function sessionOf(opened: OpenedForTest, operatorId: string, role: Principal['role']) {
  const { prisma, now } = opened.dependencies
  const id = newUuid()
  await prisma.operatorSession.create({
    data: {
      id,
      operatorId,
      hash: new Uint8Array(Buffer.from(id)),
      secondFactor: 'none',
      createdAt: now(),
      lastSeenAt: now(),
      expiresAt: new Date(now().getTime() + 3600_000),
    },
  })
  const sessionId = formatId('ses', id)
  const principal: Principal = { type: 'operator', id: formatId('op', operatorId), name: 'x', role, sessionId }
  return {
    sessionId,
    async call(method: string, path: string, body?: object) {
      const [pathname = '', query = ''] = path.split('?')
      const answer = await dispatchOperation(opened.dependencies, {
        method,
        path: `/api/v1${pathname}`,
        query,
        headers: body ? [['content-type', 'application/json']] : [],
        body: Buffer.from(body ? JSON.stringify(body) : ''),
        peerAddress: '127.0.0.1',
        principal,
      })
      return { status: answer.status, body: JSON.parse(answer.body) as AnswerBody }
    },
    isLive: async () => (await prisma.operatorSession.findUnique({ where: { id } }))?.endedAt === null,
  }
}

forEachDatabase('operators', (open) => {
  test('the last administrator is neither removed nor demoted, also by two at the same time', async () => {
    const opened = await open({ environment: tlsEnvironment })
    const call = apiOf(opened)
    const ada = formatId('op', await insertTestOperator(opened, 'ada@example.org', 'administrator'))
    const invited = await call('createOperator', {
      body: { email: 'bob@example.org', name: 'Bob', role: 'administrator' },
    })
    const demote = (operator: string) => call('updateOperatorRole', { params: { operator }, body: { role: 'viewer' } })
    const remove = (operator: string) => call('removeOperator', { params: { operator } })
    // Whoever was only invited cannot take over.
    expect(codeOf(await demote(ada))).toBe('conflict')
    expect(codeOf(await remove(ada))).toBe('conflict')
    expect((await demote(ada)).body.detail).toContain('last administrator')
    expect(codeOf(await remove(invited.body.id))).toBe(200)

    const eve = formatId('op', await insertTestOperator(opened, 'eve@example.org', 'administrator'))
    const answers = await Promise.all([demote(ada), remove(eve)])
    expect(answers.map((answer) => codeOf(answer)).sort()).toEqual([200, 'conflict'])
    const where = { role: 'administrator' }
    expect(await opened.dependencies.prisma.operator.count({ where })).toBe(1)
    expect(codeOf(await call('removeOperator', { params: { operator: 'op_01k3tt0z0ye00800014d2pf2db' } }))).toBe(
      'not_found',
    )
  })

  test('another role ends the sessions and the sign-ins that are under way; the same role is a conflict', async () => {
    const opened = await open({ environment: tlsEnvironment })
    const call = apiOf(opened)
    const step = stepsOf(opened)
    const uuid = await insertTestOperator(opened, 'vera@example.org', 'viewer')
    const operator = formatId('op', uuid)
    const session = await sessionOf(opened, uuid, 'viewer')
    const passed = await step('password', { email: 'vera@example.org', password: testPassword })
    expect(passed.body.next).toBe('session')
    expect(codeOf(await call('updateOperatorRole', { params: { operator }, body: { role: 'viewer' } }))).toBe(
      'conflict',
    )
    expect(await session.isLive()).toBe(true)
    const changed = await call('updateOperatorRole', { params: { operator }, body: { role: 'administrator' } })
    expect(changed.body.role).toBe('administrator')
    expect(await session.isLive()).toBe(false)
    expect(await opened.dependencies.prisma.operatorTicket.count()).toBe(0)
    // An administrator needs a second factor from now on.
    const next = await step('password', { email: 'vera@example.org', password: testPassword })
    expect(next.body.next).toBe('totp_enrollment')
    const { items } = (await call('listAuditEvents', { query: 'action=operator.update_role' })).body
    expect(items[0]?.detail).toMatchObject({ from: 'viewer', to: 'administrator', sessionsEnded: 1 })
  })

  test('a reset link opens the account once, past every delay, with a new password and second factor', async () => {
    let now = new Date()
    const opened = await open({ now: () => now, environment: tlsEnvironment })
    const call = apiOf(opened)
    const step = stepsOf(opened)
    const email = 'ada@example.org'
    const uuid = await insertTestOperator(opened, email, 'administrator')
    const operator = formatId('op', uuid)
    const session = await sessionOf(opened, uuid, 'administrator')
    for (let index = 0; index < 5; index += 1) await step('password', { email, password: 'wrong' })
    expect((await step('password', { email, password: testPassword })).body.code).toBe('locked_out')

    const reset = async () => {
      const answer = await call('resetOperator', { params: { operator }, body: {} })
      expect(answer.body.url).toMatch(/^https:\/\/console\.example\/reset\/csu_/)
      return answer.body.url.split('/').at(-1) ?? ''
    }
    const old = await reset()
    expect(await session.isLive()).toBe(false)
    const token = await reset()
    const password = 'another battery staple'
    expect((await step('accept-link', { token: old, password })).body.code).toBe('link_invalid')
    expect((await step('accept-link', { token, password: 'short' })).body.fields[0]?.path).toBe('body.password')
    const accepted = await step('accept-link', { token, password })
    expect(accepted.body.next).toBe('totp_enrollment')
    expect((await step('accept-link', { token, password })).body.code).toBe('link_invalid')
    const setup = await step('begin-totp', { ticket: accepted.body.ticket })
    const code = totpCode(setup.body.secret, 0, now.getTime())
    const confirmed = await step('confirm-totp', { ticket: accepted.body.ticket, code })
    expect(confirmed.body).toMatchObject({ next: 'session' })
    now = new Date(now.getTime() + 5000)
    expect((await step('password', { email, password: testPassword })).body.code).toBe('sign_in_refused')

    const late = await reset()
    now = new Date(now.getTime() + 24 * 3600_000)
    expect((await step('accept-link', { token: late, password })).body.code).toBe('link_invalid')
  })

  test('see and end their own sessions; administrators everybody’s; a foreign one is as missing as none', async () => {
    const opened = await open({ environment: tlsEnvironment })
    const vera = await insertTestOperator(opened, 'vera@example.org', 'viewer')
    const otto = await insertTestOperator(opened, 'otto@example.org', 'operator')
    const ada = await insertTestOperator(opened, 'ada@example.org', 'administrator')
    const veras = await sessionOf(opened, vera, 'viewer')
    const ottos = await sessionOf(opened, otto, 'operator')
    const adas = await sessionOf(opened, ada, 'administrator')
    const listed = async (session: typeof veras, query = '') =>
      (await session.call('GET', `/sessions${query}`)).body.items.map(({ id }) => id)
    expect(await listed(veras)).toEqual([veras.sessionId])
    expect(await listed(veras, `?operator=${formatId('op', otto)}`)).toEqual([])
    expect(await listed(adas)).toEqual([adas.sessionId, ottos.sessionId, veras.sessionId])
    expect(await listed(adas, `?operator=${formatId('op', otto)}&state=live`)).toEqual([ottos.sessionId])
    expect(await listed(adas, '?state=ended')).toEqual([])
    const first = await adas.call('GET', '/sessions?limit=2')
    expect(await listed(adas, `?limit=2&cursor=${first.body.nextCursor}`)).toEqual([veras.sessionId])

    const foreign = await veras.call('POST', `/sessions/${ottos.sessionId}/end`, {})
    const missing = await veras.call('POST', `/sessions/${formatId('ses', newUuid())}/end`, {})
    expect([foreign.body.code, missing.body.code]).toEqual(['not_found', 'not_found'])
    expect(await ottos.isLive()).toBe(true)
    expect((await veras.call('POST', `/sessions/${veras.sessionId}/end`, {})).body.endReason).toBe('signed_out')
    expect((await adas.call('POST', `/sessions/${ottos.sessionId}/end`, {})).body.endReason).toBe('ended')
    // A token of a viewer is nobody with sessions.
    const call = apiOf(opened)
    const token = (await call('createApiToken', { body: { name: 't', role: 'viewer' } })).body.token
    expect((await call('listSessions', { token })).body.items).toEqual([])
    for (const id of ['getCurrentOperator', 'changePassword', 'beginTotp'] as const) {
      const passwords = { currentPassword: 'x', newPassword: 'x'.repeat(12) }
      const body = { getCurrentOperator: undefined, changePassword: passwords, beginTotp: { currentPassword: 'x' } }[id]
      expect([id, codeOf(await call(id, { token, body }))]).toEqual([id, 'permission_denied'])
    }
  })

  test('end all their other sessions at once, and nobody else’s', async () => {
    const opened = await open({ environment: tlsEnvironment })
    const call = apiOf(opened)
    const vera = await insertTestOperator(opened, 'vera@example.org', 'viewer')
    const ada = await insertTestOperator(opened, 'ada@example.org', 'administrator')
    const [mine, other, another] = [
      await sessionOf(opened, vera, 'viewer'),
      await sessionOf(opened, vera, 'viewer'),
      await sessionOf(opened, vera, 'viewer'),
    ]
    const adas = await sessionOf(opened, ada, 'administrator')
    const path = '/self/sessions/end-others'
    expect((await mine.call('POST', path, {})).body).toEqual({ sessionsEnded: 2 })
    const live = [mine, other, another, adas].map((session) => session.isLive())
    expect(await Promise.all(live)).toEqual([true, false, false, true])
    expect((await mine.call('POST', path, {})).body).toEqual({ sessionsEnded: 0 })
    const { items } = (await call('listAuditEvents', { query: 'action=session.end_others' })).body
    expect(items.map(({ detail }) => detail)).toEqual([{ sessionsEnded: 0 }, { sessionsEnded: 2 }])
    expect(items[0]).toMatchObject({ target: { id: formatId('op', vera) }, address: '127.0.0.1' })
    // A token has no session that could be the one that stays.
    expect(codeOf(await call('endOtherSessions', { body: {} }))).toBe('permission_denied')
  })

  test('change their password with the old one, which ends their other sessions', async () => {
    const opened = await open({ environment: tlsEnvironment })
    const ada = await insertTestOperator(opened, 'ada@example.org', 'administrator')
    const here = await sessionOf(opened, ada, 'administrator')
    const elsewhere = await sessionOf(opened, ada, 'administrator')
    const newPassword = 'another battery staple'
    const wrong = await here.call('POST', '/self/password', { currentPassword: 'wrong', newPassword })
    expect(wrong.body).toMatchObject({ code: 'sign_in_refused', fields: [{ path: 'body.currentPassword' }] })
    expect(await elsewhere.isLive()).toBe(true)
    const changed = await here.call('POST', '/self/password', { currentPassword: testPassword, newPassword })
    expect(changed.status).toBe(200)
    expect([await here.isLive(), await elsewhere.isLive()]).toEqual([true, false])
    const step = stepsOf(opened)
    const email = 'ada@example.org'
    expect((await step('password', { email, password: testPassword })).body.code).toBe('sign_in_refused')
    expect((await step('password', { email, password: newPassword })).status).toBe(200)
  })

  test('leave no secret in any table', async () => {
    const opened = await open({ environment: tlsEnvironment })
    const call = apiOf(opened)
    const step = stepsOf(opened)
    const made = await call('createOperator', {
      body: { email: 'ada@example.org', name: 'Ada', role: 'administrator' },
    })
    const token = String(made.body.invitation?.url).split('/').at(-1) ?? ''
    const { ticket } = (await step('accept-link', { token, password: testPassword })).body
    const { secret } = (await step('begin-totp', { ticket })).body
    const confirmed = await step('confirm-totp', { ticket, code: totpCode(secret) })
    await step('password', { email: 'my other password', password: 'x' })
    await step('password', { email: 'ada@example.org', password: 'typed by mistake' })

    const { rows } = await opened.dependencies.pool.query<{ name: string }>(
      `SELECT relname AS "name" FROM pg_class WHERE relkind IN ('r', 'p') AND relnamespace = 'public'::regnamespace`,
    )
    expect(rows.length).toBeGreaterThan(15)
    let stored = ''
    for (const { name } of rows) {
      const dumped = await opened.dependencies.pool.query<{ text: string }>(`SELECT t::text AS "text" FROM "${name}" t`)
      stored += dumped.rows.map(({ text }) => text).join('\n')
    }
    const codes = confirmed.body.recoveryCodes ?? []
    const secrets = [
      token,
      ticket,
      confirmed.body.ticket,
      secret,
      testPassword,
      'my other password',
      'typed by mistake',
    ]
    for (const text of [...secrets, ...codes, ...codes.map((code) => code.replaceAll('-', ''))].map(String)) {
      expect(stored).not.toContain(text)
      expect(stored).not.toContain(Buffer.from(text).toString('hex'))
      if (/^cs[ue]_/.test(text)) expect(stored).not.toContain(text.slice(4))
    }
    const { Secret } = await import('otpauth')
    expect(stored).not.toContain(Secret.fromBase32(secret).hex.toLowerCase())
  })
})
