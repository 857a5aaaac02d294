import { createHash, createPublicKey } from 'node:crypto'
import { expect, test } from 'vitest'
import { verifyPassword } from '@/lib/server/auth/hash-password'
import { forEachDatabase, type OpenedForTest } from '../setup/open-test-dependencies'
import { apiOf, codeOf, tokenOf } from './call-api'

/** Everything that the database holds, as text. */
async function dumpTables(opened: OpenedForTest): Promise<string> {
  const { pool } = opened.dependencies
  const tables = [
    'api_token',
    'join_token',
    'gateway_key',
    'gateway',
    'operator',
    'audit_event',
    'service',
    'deployment_key',
  ]
  const parts: string[] = []
  for (const table of tables) {
    const { rows } = await pool.query<{ text: string }>(`SELECT t::text AS "text" FROM "${table}" t`)
    parts.push(...rows.map((row) => row.text))
  }
  return parts.join('\n')
}

forEachDatabase('API tokens', (open) => {
  test('open what their role may, until they expire or are revoked', async () => {
    let now = new Date()
    const call = apiOf(await open({ now: () => now }))
    const made = await call('createApiToken', {
      body: { name: 'deploy-bot', role: 'operator', expiresInSeconds: 3600 },
    })
    expect(made.body).toMatchObject({ name: 'deploy-bot', role: 'operator', state: 'usable' })
    const { token, id } = made.body
    const whoami = await call('getWhoami', { token })
    expect(whoami.body).toMatchObject({ type: 'api_token', id, name: 'deploy-bot', role: 'operator' })
    expect(whoami.body.permissions).toContain('machines.revoke')
    expect(whoami.body.permissions).not.toContain('api_tokens.write')

    now = new Date(now.getTime() + 3600_000)
    expect(codeOf(await call('getWhoami', { token }))).toBe('unauthenticated')
    expect((await call('listApiTokens')).body.items).toMatchObject([{ id, state: 'expired' }])
    const inState = async (state: string) =>
      (await call('listApiTokens', { query: `state=${state}` })).body.items.map((item) => item.id)

    const second = await call('createApiToken', { body: { name: 'second', role: 'viewer' } })
    const params = { apiToken: second.body.id }
    expect([await inState('usable'), await inState('expired')]).toEqual([[second.body.id], [id]])
    expect((await call('revokeApiToken', { params })).body.state).toBe('revoked')
    // Also once it would have expired: revoked is what somebody did.
    now = new Date(now.getTime() + 91 * 86_400_000)
    expect([await inState('usable'), await inState('expired'), await inState('revoked')]).toEqual([
      [],
      [id],
      [second.body.id],
    ])
    expect(codeOf(await call('listApiTokens', { query: 'state=lost' }))).toBe('request_malformed')
    expect(codeOf(await call('getWhoami', { token: second.body.token }))).toBe('unauthenticated')
    expect(codeOf(await call('revokeApiToken', { params }))).toBe('conflict')
    const missing = { apiToken: 'tok_01k3tt0z0ye00800014d2pf2db' }
    expect(codeOf(await call('revokeApiToken', { params: missing }))).toBe('not_found')
    expect(codeOf(await call('revokeApiToken', { params: { apiToken: 'tok_x' } }))).toBe('request_malformed')
  })

  test('are refused with bad input', async () => {
    const call = apiOf(await open())
    const changes: object[] = [
      { role: 'owner' },
      { expiresInSeconds: 1 },
      { expiresInSeconds: 1e12 },
      { name: '' },
      { name: 'a\u001b[31m' },
    ]
    for (const change of changes) {
      const answer = await call('createApiToken', { body: { name: 'n', role: 'viewer', ...change } })
      expect([change, codeOf(answer)]).toEqual([change, 'request_malformed'])
    }
  })

  test('name what they made', async () => {
    const call = apiOf(await open())
    const token = await tokenOf(call, 'administrator')
    const join = await call('createJoinToken', { token, body: { name: 'ci' } })
    expect(join.body.createdBy).toMatch(/^administrator for a test \(tok_/)
    const events = await call('listAuditEvents', { query: 'action=join_token.create' })
    expect(events.body.items[0]?.actor).toMatchObject({ type: 'api_token', name: 'administrator for a test' })
  })
})

forEachDatabase('secrets', (open) => {
  test('stand in the answer that makes them, and nowhere else: no list, no log of actions, no table', async () => {
    const opened = await open()
    const call = apiOf(opened)
    await call('createService', { body: { slug: 'orders', authorities: [{ authority: 'orders.example' }] } })
    await call('createGateway', { body: { name: 'edge', profile: 'nginx', services: ['orders'] } })
    const secrets = [
      (await call('createApiToken', { body: { name: 't', role: 'viewer' } })).body.token,
      (await call('createJoinToken', { body: { name: 'j' } })).body.token,
      (await call('addGatewayKey', { params: { gateway: 'edge' } })).body.key,
      opened.localAdministratorToken,
    ]
    const password = 'a long enough password'
    await call('createOperator', { body: { email: 'ada@example.org', name: 'Ada', role: 'viewer', password } })

    const lists = [
      'listApiTokens',
      'listJoinTokens',
      'listGateways',
      'listOperators',
      'listAuditEvents',
      'listServices',
    ] as const
    const answers = await Promise.all(lists.map((id) => call(id)))
    const shown = answers.map((answer) => answer.text).join('\n')
    const stored = await dumpTables(opened)
    for (const secret of secrets) {
      const random = secret.slice(-43)
      const hex = Buffer.from(random, 'base64url').toString('hex')
      for (const text of [shown, stored]) {
        expect(text).not.toContain(random)
        expect(text).not.toContain(hex)
      }
    }
    for (const text of [shown, stored]) expect(text).not.toContain(password)
    expect(shown).not.toContain('scrypt')
    expect(stored).toContain(
      createHash('sha256')
        .update(secrets[0] ?? '')
        .digest('hex'),
    )
  })
})

forEachDatabase('join tokens', (open) => {
  test('leave the public half of their key behind, and are listed, used up, expired and revoked', async () => {
    let now = new Date()
    const opened = await open({ now: () => now })
    const call = apiOf(opened)
    const body = {
      name: 'ci runners',
      labels: { env: 'ci' },
      usesAllowed: 5,
      expiresInSeconds: 600,
      machineLifetimeSeconds: 3600,
    }
    const made = await call('createJoinToken', { body })
    const [, suffix, seed] = /^csj_([0-9a-z]{26})_([A-Za-z0-9_-]{43})$/.exec(made.body.token) ?? []
    expect(`join_${suffix}`).toBe(made.body.id)
    expect(made.body).toMatchObject({ labels: { env: 'ci' }, usesAllowed: 5, usesTaken: 0, state: 'usable' })
    const [row] = await opened.dependencies.prisma.joinToken.findMany()
    const der = Buffer.concat([
      Buffer.from('302e020100300506032b657004220420', 'hex'),
      Buffer.from(seed ?? '', 'base64url'),
    ])
    const pem = `-----BEGIN PRIVATE KEY-----\n${der.toString('base64')}\n-----END PRIVATE KEY-----`
    const x = createPublicKey(pem).export({ format: 'jwk' }).x
    expect(Buffer.from(row?.publicKey ?? []).toString('base64url')).toBe(x)

    now = new Date(now.getTime() + 600_000)
    expect((await call('listJoinTokens')).body.items).toMatchObject([{ state: 'expired' }])
    const params = { joinToken: made.body.id }
    expect((await call('revokeJoinToken', { params })).body.state).toBe('revoked')
    expect(codeOf(await call('revokeJoinToken', { params }))).toBe('conflict')
    const missing = { joinToken: 'join_01k3tt0z0ye00800014d2pf2db' }
    expect(codeOf(await call('revokeJoinToken', { params: missing }))).toBe('not_found')
    const { items } = (await call('listAuditEvents', { query: `target=${made.body.id}` })).body
    expect(items.map((item: { action: string }) => item.action)).toEqual(['join_token.revoke', 'join_token.create'])
  })

  test('are refused with bad input', async () => {
    const call = apiOf(await open())
    const changes: object[] = [
      { usesAllowed: 0 },
      { usesAllowed: 1_000_001 },
      { expiresInSeconds: 59 },
      { machineLifetimeSeconds: 599 },
      { labels: { UPPER: 'x' } },
      { labels: { ok: '' } },
      { labels: Object.fromEntries(Array.from({ length: 33 }, (_, index) => [`k${index}`, 'v'])) },
      { uses: 1 },
    ]
    for (const change of changes) {
      const answer = await call('createJoinToken', { body: { name: 'n', ...change } })
      expect([change, codeOf(answer)]).toEqual([change, 'request_malformed'])
    }
  })
})

forEachDatabase('operators', (open) => {
  test('are made with a hashed password, once per address, and listed without it', async () => {
    const opened = await open()
    const call = apiOf(opened)
    const body = { email: 'ada@example.org', name: 'Ada', role: 'operator', password: 'correct horse battery' }
    const made = await call('createOperator', { body })
    expect(made.status).toBe(201)
    expect(made.body).toMatchObject({ email: 'ada@example.org', role: 'operator' })
    expect(codeOf(await call('createOperator', { body }))).toBe('conflict')
    expect(made.body).toMatchObject({ state: 'active', hasTotp: false, invitation: null })
    const { invitation: _, ...operator } = made.body as { invitation: null }
    expect((await call('listOperators')).body.items).toEqual([operator])
    const [row] = await opened.dependencies.prisma.operator.findMany()
    expect(await verifyPassword('correct horse battery', row?.passwordHash ?? '')).toEqual({ outcome: 'verified' })
    for (const change of [{ email: 'Ada@example.org' }, { email: 'ada' }, { password: 'short' }, { role: 'root' }]) {
      expect(codeOf(await call('createOperator', { body: { ...body, ...change } }))).toBe('request_malformed')
    }
    expect((await call('listAuditEvents', { query: 'action=operator.create' })).body.items).toHaveLength(1)
  })

  test('are found by role and state, page by page', async () => {
    const call = apiOf(await open())
    const password = 'correct horse battery'
    for (const name of ['a', 'b', 'c']) {
      await call('createOperator', { body: { email: `${name}@example.org`, name, role: 'administrator', password } })
    }
    await call('createOperator', { body: { email: 'd@example.org', name: 'd', role: 'administrator' } })
    await call('createOperator', { body: { email: 'e@example.org', name: 'e', role: 'viewer' } })
    const namesOf = async (query: string) =>
      (await call('listOperators', { query })).body.items.map(({ name }) => name).join('')
    expect(await namesOf('role=administrator')).toBe('abcd')
    expect(await namesOf('state=invited')).toBe('de')
    expect(await namesOf('role=administrator&state=active')).toBe('abc')
    const { nextCursor } = (await call('listOperators', { query: 'role=administrator&state=active&limit=2' })).body
    expect(await namesOf(`role=administrator&state=active&cursor=${nextCursor}`)).toBe('c')
    expect(codeOf(await call('listOperators', { query: 'state=gone' }))).toBe('request_malformed')
  })
})
