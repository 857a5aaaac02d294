import { afterEach, describe, expect, test } from 'vitest'
import { createTestPlace, type DatabaseKind } from '../setup/open-test-dependencies'
import { makeRequest, prepareService } from '../setup/prepare-service'
import { startServer } from '../setup/start-server'

const cleanups: (() => Promise<unknown>)[] = []
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup()
})

async function start(kind: DatabaseKind) {
  const place = await createTestPlace(kind)
  cleanups.push(() => place.remove())
  const server = await startServer(place)
  cleanups.push(() => server.stop())
  return { place, server }
}

describe.each<DatabaseKind>(['postgresql', 'embedded'])('the whole path on %s', (kind) => {
  test('a credential passes once; a revoked machine never again; another machine goes on', async () => {
    const { server } = await start(kind)
    const service = await prepareService(server)
    const [first, second] = [await service.enroll('first'), await service.enroll('second')]
    const target = { authority: service.authority, target: '/v1/orders?status=open' }

    const sent = makeRequest(first, target)
    const allowed = await service.ask(server, sent)
    expect(allowed).toMatchObject({ status: 200, code: 'allowed' })
    expect(allowed.headers.get('countersign-machine')).toBe(first.id)
    expect(await service.ask(server, sent)).toMatchObject({ status: 401, code: 'credential_replayed' })

    const revoked = await server.api('POST', `/machines/${first.id}/revoke`, { reason: 'stolen laptop' })
    expect(revoked.status).toBe(200)
    expect(await service.ask(server, makeRequest(first, target))).toMatchObject({
      status: 403,
      code: 'machine_revoked',
    })
    expect(await service.ask(server, makeRequest(second, target))).toMatchObject({ status: 200, code: 'allowed' })
  })
})
