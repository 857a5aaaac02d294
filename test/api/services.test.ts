import type { PostgresNotices } from '@/lib/server/database/postgres-notices'
import { expect, test } from 'vitest'
import { forEachDatabase, type OpenedForTest } from '../setup/open-test-dependencies'
import { apiOf, codeOf } from './call-api'

const orders = { slug: 'orders', authorities: [{ authority: 'Orders.Example:443', pathPrefix: '/v1' }] }

async function countNotices({ dependencies }: OpenedForTest): Promise<() => number> {
  const { notices }: { readonly notices: Partial<PostgresNotices> & OpenedForTest['dependencies']['notices'] } =
    dependencies
  // Once it listens everything is read anew, which is no notice of a change.
  await expect.poll(() => notices.isListening?.() ?? true).toBe(true)
  let count = 0
  notices.subscribe('services', () => (count += 1))
  return () => count
}

forEachDatabase('services', (open) => {
  test('are made with safe defaults, canonical authorities, one audit event and a notice', async () => {
    const opened = await open()
    const call = apiOf(opened)
    const notices = await countNotices(opened)
    const answer = await call('createService', { body: orders })
    expect(answer.status).toBe(201)
    expect(answer.body).toMatchObject({
      slug: 'orders',
      name: 'orders',
      state: 'active',
      mode: 'enforce',
      bodyBinding: 'backend',
      coveredFields: ['authorization', 'x-api-key', 'cookie'],
      machineSelector: {},
      authorities: [{ authority: 'orders.example', pathPrefix: '/v1' }],
      version: 1,
    })
    expect((await call('getService', { params: { service: 'orders' } })).body).toEqual(answer.body)
    expect((await call('getService', { params: { service: answer.body.id } })).body).toEqual(answer.body)
    expect((await call('listServices')).body.items).toEqual([answer.body])
    const events = await call('listAuditEvents', { query: `target=${answer.body.id}` })
    expect(events.body.items).toMatchObject([
      { action: 'service.create', actor: { type: 'local_administrator' }, target: { name: 'orders' } },
    ])
    expect(events.body.items[0]?.requestId).toBe(answer.headers['X-Request-Id'])
    expect(notices()).toBe(1)
  })

  test('are refused with bad input, and the field is named', async () => {
    const call = apiOf(await open())
    const cases: [string, object, string][] = [
      ['an unknown field', { ...orders, colour: 'red' }, 'body'],
      ['a slug in capitals', { ...orders, slug: 'Orders' }, 'body.slug'],
      ['no authority', { ...orders, authorities: [] }, 'body.authorities'],
      ['an authority with a user', { ...orders, authorities: [{ authority: 'a@b' }] }, 'body.authorities.0.authority'],
      [
        'a path prefix with dots',
        { ...orders, authorities: [{ authority: 'a', pathPrefix: '/a/../b' }] },
        'body.authorities.0.pathPrefix',
      ],
      [
        'a path prefix with an end slash',
        { ...orders, authorities: [{ authority: 'a', pathPrefix: '/a/' }] },
        'body.authorities.0.pathPrefix',
      ],
      ['a derived component', { ...orders, coveredFields: ['@path'] }, 'body.coveredFields.0'],
      ['the signature itself', { ...orders, coveredFields: ['signature'] }, 'body.coveredFields.0'],
      ['a field that gateways write', { ...orders, coveredFields: ['x-forwarded-for'] }, 'body.coveredFields.0'],
      ['a field twice', { ...orders, coveredFields: ['a', 'a'] }, 'body.coveredFields'],
      ['a selector with a bad name', { ...orders, machineSelector: { 'Bad Key': 'x' } }, 'body.machineSelector'],
      [
        'a selector with a control character',
        { ...orders, machineSelector: { env: 'a\u0000b' } },
        'body.machineSelector.env',
      ],
      ['a name that hides', { ...orders, name: 'orders\u202e' }, 'body.name'],
    ]
    for (const [what, body, field] of cases) {
      const answer = await call('createService', { body })
      expect([what, codeOf(answer)]).toEqual([what, 'request_malformed'])
      expect(answer.problem?.fields?.map((item) => item.path)).toContain(field)
    }
    expect((await call('listServices')).body.items).toEqual([])
  })

  test('refuses a slug that is taken, and authorities that overlap with those of another service', async () => {
    const call = apiOf(await open())
    await call('createService', { body: orders })
    expect(codeOf(await call('createService', { body: { ...orders, authorities: [{ authority: 'b' }] } }))).toBe(
      'conflict',
    )
    for (const pathPrefix of ['/v1', '/', '/v1/deep']) {
      const body = { slug: 'other', authorities: [{ authority: 'orders.example', pathPrefix }] }
      const answer = await call('createService', { body })
      expect([pathPrefix, codeOf(answer)]).toEqual([pathPrefix, 'conflict'])
      expect(answer.body.detail).toContain('orders')
    }
    const beside = { slug: 'other', authorities: [{ authority: 'orders.example', pathPrefix: '/v10' }] }
    expect(codeOf(await call('createService', { body: beside }))).toBe(201)
  })

  test('fifty at once that claim the same authority: one gets it', async () => {
    const call = apiOf(await open())
    const answers = await Promise.all(
      Array.from({ length: 50 }, (_, index) =>
        call('createService', { body: { slug: `s${index}`, authorities: [{ authority: 'same.example' }] } }),
      ),
    )
    const codes = answers.map(codeOf)
    expect(codes.filter((code) => code === 201)).toHaveLength(1)
    expect(codes.filter((code) => code === 'conflict')).toHaveLength(49)
  })

  test('change bumps the version, says what changed, and tells the nodes; no change does none of it', async () => {
    const opened = await open()
    const call = apiOf(opened)
    await call('createService', { body: orders })
    const notices = await countNotices(opened)
    const params = { service: 'orders' }
    const changed = await call('updateService', {
      params,
      body: {
        mode: 'observe',
        authorities: [{ authority: 'new.example' }],
        machineSelector: { env: 'prod' },
        ifVersion: 1,
      },
    })
    expect(changed.body).toMatchObject({ mode: 'observe', version: 2, machineSelector: { env: 'prod' } })
    expect(changed.body.authorities).toEqual([{ authority: 'new.example', pathPrefix: '/' }])
    expect(notices()).toBe(1)
    const same = await call('updateService', {
      params,
      body: { mode: 'observe', authorities: [{ authority: 'NEW.example' }] },
    })
    expect(same.body.version).toBe(2)
    expect(notices()).toBe(1)
    const { items } = (await call('listAuditEvents', { query: 'action=service.update' })).body
    expect(items).toHaveLength(1)
    expect(items[0]?.detail.mode).toEqual({ from: 'enforce', to: 'observe' })
  })

  test('a retired service may give up its authorities, and another takes them', async () => {
    const call = apiOf(await open())
    await call('createService', { body: orders })
    await call('updateService', { params: { service: 'orders' }, body: { state: 'retired', authorities: [] } })
    expect(codeOf(await call('createService', { body: { ...orders, slug: 'next' } }))).toBe(201)
    expect((await call('listServices', { query: 'state=active' })).body.items).toMatchObject([{ slug: 'next' }])
  })

  test('a change is refused when the service is missing, has moved on, or would overlap', async () => {
    const call = apiOf(await open())
    await call('createService', { body: orders })
    await call('createService', { body: { slug: 'b', authorities: [{ authority: 'b.example' }] } })
    const missing = await call('updateService', { params: { service: 'nope' }, body: { mode: 'observe' } })
    expect(codeOf(missing)).toBe('not_found')
    expect(codeOf(await call('getService', { params: { service: 'nope' } }))).toBe('not_found')
    const params = { service: 'b' }
    expect(codeOf(await call('updateService', { params, body: { mode: 'observe', ifVersion: 7 } }))).toBe('conflict')
    expect(codeOf(await call('updateService', { params, body: { authorities: orders.authorities } }))).toBe('conflict')
    expect(codeOf(await call('updateService', { params, body: { slug: 'c' } }))).toBe('request_malformed')
    expect((await call('getService', { params })).body).toMatchObject({ version: 1, mode: 'enforce' })
  })

  test('lists go page by page without missing or repeating any', async () => {
    const call = apiOf(await open())
    for (let index = 0; index < 7; index += 1) {
      await call('createService', { body: { slug: `s-${index}`, authorities: [{ authority: `s${index}.example` }] } })
    }
    const seen: string[] = []
    let cursor: string | null = null
    do {
      const query: string = `limit=3${cursor === null ? '' : `&cursor=${cursor}`}`
      const page = await call('listServices', { query })
      seen.push(...page.body.items.map((item: { slug: string }) => item.slug))
      cursor = page.body.nextCursor
    } while (cursor !== null)
    expect(seen).toEqual(Array.from({ length: 7 }, (_, index) => `s-${index}`))
    for (const query of ['limit=0', 'limit=201', 'limit=x', 'cursor=!', 'cursor=AAAA', 'limit=1&limit=2', 'x=1']) {
      expect([query, codeOf(await call('listServices', { query }))]).toEqual([query, 'request_malformed'])
    }
  })
})
