import { readFile } from 'node:fs/promises'
import path from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createTestPlace, type TestPlace } from '../setup/open-test-dependencies'
import { makeRequest, prepareService, type PreparedService } from '../setup/prepare-service'
import { startServer, tryStartServer, type RunningServer } from '../setup/start-server'
import { createPlaceFolders } from '../setup/test-place'

let places: TestPlace[]
let people: RunningServer
let verifier: RunningServer
let service: PreparedService

beforeAll(async () => {
  const first = await createTestPlace('postgresql')
  const second = await createPlaceFolders()
  places = [
    first,
    {
      ...second,
      kind: 'postgresql',
      environment: { ...first.environment, COUNTERSIGN_DATA_DIR: second.dataDirectory },
    },
  ]
  people = await startServer(places[0]!, { environment: { COUNTERSIGN_ROLE: 'console' } })
  verifier = await startServer(places[1]!, {
    environment: {
      COUNTERSIGN_ROLE: 'verification',
      COUNTERSIGN_PUBLIC_URL: people.url,
      // Short on such nodes; here other tests share the machine.
      COUNTERSIGN_DECISION_DEADLINE_MS: '5000',
    },
  })
  service = await prepareService(people)
})

afterAll(async () => {
  await verifier?.stop()
  await people?.stop()
  for (const place of places.reverse()) await place.remove()
})

describe('a node that only verifies', () => {
  test('lets machines in, decides, and says how it is', async () => {
    const machine = await service.enroll()
    const request = makeRequest(machine, { target: '/orders', authority: service.authority })
    expect(await service.ask(verifier, request)).toMatchObject({ status: 200, code: 'allowed' })
    expect(await service.ask(verifier, request)).toMatchObject({ status: 401, code: 'credential_replayed' })
    for (const target of ['/healthz', '/readyz', '/.well-known/jwks.json', '/agent.mjs'])
      expect((await fetch(verifier.url + target)).status, target).toBe(200)
    expect((await fetch(`${verifier.url}/api/v1/enrollments`, { method: 'POST', body: '{}' })).status).toBe(400)
  })

  test('has no console and no management API, and no token for one', async () => {
    for (const target of ['/', '/sign-in', '/machines', '/api/v1/machines', '/api/auth/session', '/_next/static/x']) {
      const response = await fetch(verifier.url + target)
      expect([response.status, ((await response.json()) as { code: string }).code], target).toEqual([404, 'not_found'])
    }
    await expect(readFile(path.join(places[1]!.dataDirectory, 'admin-token'))).rejects.toThrow('ENOENT')
    expect(verifier.output()).not.toContain('Nobody administers')
  })

  test('never loads Next.js and stays small', async () => {
    const status = await readFile(`/proc/${verifier.child.pid}/status`, 'utf8')
    const residentMb = Number(/^VmRSS:\s+(\d+) kB$/m.exec(status)?.[1]) / 1024
    expect(residentMb).toBeLessThan(150)
    const maps = await readFile(`/proc/${verifier.child.pid}/maps`, 'utf8')
    expect(maps).not.toContain('next-swc')
  })
})

describe('a node that is for people', () => {
  test('denies every gateway in its own dialect, and lets machines in', async () => {
    const machine = await service.enroll()
    const request = makeRequest(machine, { target: '/orders', authority: service.authority })
    expect(await service.ask(people, request)).toMatchObject({ status: 403, code: 'unavailable' })
    const verify = await fetch(`${people.url}/api/v1/verify`, { method: 'POST', body: '{}' })
    expect([verify.status, ((await verify.json()) as { code: string }).code]).toEqual([403, 'unavailable'])
    // It spent nothing: a node that decides takes the same credential.
    expect(await service.ask(verifier, request)).toMatchObject({ status: 200 })
  })

  test('cuts a machine off on the node that decides', async () => {
    const machine = await service.enroll()
    const ask = () => service.ask(verifier, makeRequest(machine, { target: '/orders', authority: service.authority }))
    expect((await ask()).code).toBe('allowed')
    const revoked = await people.api('POST', `/machines/${machine.id}/revoke`, { reason: 'test' })
    expect(revoked.status).toBe(200)
    expect((await ask()).code).toBe('machine_revoked')
  })
})

test('a role of one kind on an embedded database is refused, with everything else that does not fit', async () => {
  const folders = await createPlaceFolders()
  const started = await tryStartServer(
    { ...folders, kind: 'embedded' },
    { environment: { COUNTERSIGN_ROLE: 'verification', LOG_LEVEL: 'loud', COUNTERSIGN_RETENTION_DAYS: 'x' } },
  )
  await folders.remove()
  const words = started.outcome === 'ended' ? started.output : ''
  expect(words).toContain('COUNTERSIGN_ROLE=verification needs a PostgreSQL server (DATABASE_URL)')
  expect(words).toContain('LOG_LEVEL takes')
  expect(words).toContain('COUNTERSIGN_RETENTION_DAYS takes')
})
