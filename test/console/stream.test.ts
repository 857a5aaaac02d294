import { afterEach, expect, test } from 'vitest'
import { decision as decisionSchema } from '@/lib/contract/decisions'
import { formatId } from '@/lib/domain/ids'
import { newUuid } from '@/lib/server/new-uuid'
import { openDecisionStream, type StreamOptions } from '@/lib/server/decision/stream-response'
import type { Dependencies } from '@/lib/server/dependencies'
import { decideOnce, seedMachine } from '../api/seed-machine'
import { createTestPlace, forEachDatabase, type OpenedForTest } from '../setup/open-test-dependencies'
import { startServer } from '../setup/start-server'
import { askerOf } from './ask-api'
import { readEvents } from './read-events'

const cleanups: (() => unknown)[] = []
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup()
})

async function prepare(opened: OpenedForTest) {
  const ask = askerOf(opened)
  const { dependencies: deps } = opened
  await ask('createService', { body: { slug: 'orders', authorities: [{ authority: 'orders.example' }] } })
  const { id } = await deps.prisma.service.findUniqueOrThrow({ where: { slug: 'orders' } })
  return { ask, deps, service: { uuid: id }, machine: await seedMachine(deps, { name: 'a' }) }
}

function watch(deps: Dependencies, options: Partial<StreamOptions> = {}) {
  const stop = new AbortController()
  const stream = openDecisionStream(deps, {
    lastEventId: null,
    isStillAllowed: () => Promise.resolve(true),
    signal: stop.signal,
    ...options,
  })
  if (stream === null) throw new Error('Too many watch.')
  const events = readEvents(stream)
  cleanups.push(() => stop.abort())
  return { ...events, stop }
}

forEachDatabase('the live feed', (open) => {
  test('tells each decision once, as the list shows it, and nothing from before', async () => {
    const { ask, deps, service, machine } = await prepare(await open())
    await decideOnce(deps, machine, service, { seq: 1, path: '/before' })
    const [first, second] = [watch(deps), watch(deps)]
    for (const events of [first, second]) expect((await events.next())?.event).toBe('ready')
    await decideOnce(deps, machine, service, { seq: 2, path: '/new' })
    // The database tells microseconds, this clock whole milliseconds: in the same one it would come first.
    const at = new Date(Date.now() + 1)
    const day = new Date(at.toISOString().slice(0, 10))
    const detail = 'two\nlines: \u2028 and \u202e'
    await deps.prisma.denial.create({
      data: { day, id: newUuid(), at, lastAt: at, outcome: 'denied', code: 'credential_missing', detail },
    })
    for (const events of [first, second]) {
      const [a, b] = [await events.next(), await events.next()]
      expect([a?.event, b?.event]).toEqual(['decision', 'decision'])
      expect(a?.data).toMatchObject({ outcome: 'allowed', path: '/new', machine: { id: machine.id, name: 'a' } })
      expect(a?.id).toBe(a?.data.id)
      expect(b?.data).toMatchObject({ outcome: 'denied', detail })
      expect(decisionSchema.parse(a?.data)).toEqual(await ask('getDecision', { params: { decision: a?.id ?? '' } }))
    }
  })

  test('resumes after the event that arrived last', async () => {
    const { ask, deps, service, machine } = await prepare(await open())
    for (const seq of [1, 2, 3]) await decideOnce(deps, machine, service, { seq, path: `/${seq}` })
    const { items } = await ask('listDecisions')
    const events = watch(deps, { lastEventId: items.at(-1)!.id })
    const paths: unknown[] = []
    while (paths.length < 3) {
      const event = await events.next()
      if (event?.event !== 'ready') paths.push(event?.data.path)
    }
    expect(paths).toEqual(['/1', '/2', '/3'])
  })

  test('takes no harm from a Last-Event-ID that is none', async () => {
    const { deps, service, machine } = await prepare(await open())
    const strange = [formatId('dec', 'ffffffff-ffff-7fff-bfff-ffffffffffff'), 'dec_', 'x'.repeat(10_000)]
    const streams = strange.map((lastEventId) => watch(deps, { lastEventId }))
    for (const events of streams) expect((await events.next())?.event).toBe('ready')
    await decideOnce(deps, machine, service, { seq: 1 })
    for (const events of streams) expect((await events.next())?.event).toBe('decision')
  })

  test('ends when the session has ended, and when nobody can tell', async () => {
    const { deps } = await prepare(await open())
    for (const isStillAllowed of [() => Promise.resolve(false), () => Promise.reject(new Error('away'))]) {
      const events = watch(deps, { isStillAllowed, checkEveryMs: 20 })
      expect(await events.nextButReady()).toMatchObject({ event: 'end', data: { reason: 'session_ended' } })
      expect(await events.next()).toBeNull()
    }
  })

  test('ends when the process stops, and when the reader leaves', async () => {
    const { deps } = await prepare(await open())
    const gone = watch(deps)
    gone.stop.abort()
    expect(await gone.nextButReady()).toBeNull()
    const events = watch(deps)
    deps.decisionFeed.close()
    expect(await events.nextButReady()).toMatchObject({ event: 'end', data: { reason: 'stopping' } })
    expect(await events.next()).toBeNull()
  })
})

test('over HTTP the feed needs a caller who may read decisions, and is not held back by anything', async () => {
  const place = await createTestPlace('embedded')
  cleanups.push(() => place.remove())
  const server = await startServer(place)
  cleanups.push(() => server.stop())
  const url = `${server.url}/api/v1/decisions/stream`
  for (const headers of [{}, { authorization: 'Bearer cst_x' }, { cookie: '__Host-countersign-session=x' }]) {
    const refused = await fetch(url, { headers })
    expect(refused.status).toBe(401)
    expect(await refused.json()).toMatchObject({ code: 'unauthenticated' })
  }
  const made = await server.api<{ token: string; id: string }>('POST', '/api-tokens', { name: 'tail', role: 'viewer' })
  const authorization = `Bearer ${made.body.token}`
  const response = await fetch(url, { headers: { authorization, 'accept-encoding': 'gzip' } })
  expect(response.status).toBe(200)
  expect(response.headers.get('content-type')).toContain('text/event-stream')
  expect(response.headers.get('content-encoding')).toBeNull()
  if (response.body === null) throw new Error('The stream has no body.')
  const events = readEvents(response.body)
  expect((await events.next())?.event).toBe('ready')
  // A gateway that nobody knows is denied, and that is on record within seconds.
  await fetch(`${server.url}/api/v1/authz/nginx/no-such-service`, { headers: { 'x-original-uri': '/v1/orders' } })
  expect((await events.next())?.data).toMatchObject({ outcome: 'denied' })
  await server.api('POST', `/api-tokens/${made.body.id}/revoke`, {})
  expect(await events.next()).toMatchObject({ event: 'end' })
  expect(await events.next()).toBeNull()
})
