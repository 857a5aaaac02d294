import { execFile } from 'node:child_process'
import { rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { promisify } from 'node:util'
import { afterEach, expect, test } from 'vitest'
import { createPlaceFolders } from '../../setup/test-place'
import { createThrowawayPostgres, findBinaries } from '../../setup/throwaway-postgres'
import { makeRequest } from '../../setup/prepare-service'
import { inParallel } from '../../verification/support/in-parallel'
import { openCluster } from '../support/cluster'

const cleanups: (() => Promise<unknown>)[] = []
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup()
})
const execute = promisify(execFile)

test('a backup loaded into another cluster: nothing from before is accepted, and no machine acts until somebody gives a word', async () => {
  const [original, restored] = [await createThrowawayPostgres(), await createThrowawayPostgres()]
  cleanups.push(
    () => original.remove(),
    () => restored.remove(),
  )
  const folders = await createPlaceFolders()
  const place = {
    ...folders,
    kind: 'postgresql' as const,
    environment: { ...folders.environment, DATABASE_URL: original.url },
  }
  const environment = { COUNTERSIGN_DECISION_DEADLINE_MS: '1500' }
  const cluster = await openCluster(place, { verificationNodes: 1, environment })
  cleanups.push(() => cluster.close())
  const { service, world } = cluster
  const [kept, stolen] = [await service.enroll('kept'), await service.enroll('stolen')]
  await cluster.recovered(kept)
  await cluster.recovered(stolen)

  const file = path.join(tmpdir(), `countersign-backup-${process.pid}.sql`)
  cleanups.push(() => rm(file, { force: true }))
  const bin = findBinaries()
  await execute(path.join(bin, 'pg_dump'), ['-d', original.url, '-f', file])
  const backupAt = new Date()
  // What the backup does not know: uses, and a revocation.
  const spent = Array.from({ length: 30 }, () => makeRequest(kept, { authority: service.authority, target: '/spent' }))
  for (const each of spent) expect((await service.ask(world.server(1), each)).code).toBe('allowed')
  await cluster.revoke(stolen)
  for (const server of world.servers) expect(await server.stop()).toBe(0)
  await original.stop()

  await execute(path.join(bin, 'psql'), ['-q', '-v', 'ON_ERROR_STOP=1', '-d', restored.url, '-f', file])
  await world.restart(0, { DATABASE_URL: restored.url })
  await world.restart(1, { DATABASE_URL: restored.url })
  cluster.lookAt(restored.url)

  const nodes = [0, 1]
  for (const node of nodes) {
    const again = await inParallel(spent, 5, (each) => service.ask(world.server(node), each))
    expect(again.filter(({ status }) => status === 200)).toEqual([])
    for (const machine of [kept, stolen]) {
      expect((await cluster.ask(node, machine)).answer?.code).toBe('machine_expired')
    }
  }
  const { body: deployment } = await world.server().api<{ restoredAt: string | null }>('GET', '/deployment')
  expect(deployment.restoredAt).not.toBeNull()
  expect((await kept.renew()).status).toBe(403)
  expect((await world.server().api('POST', `/machines/${kept.id}/reinstate`, {})).status).toBe(409)

  // Who enrols anew acts, once the time of doubt is over; the revocation is repeated before the word is given.
  const fresh = await service.enroll('fresh')
  expect((await world.server().api('POST', `/machines/${stolen.id}/revoke`, { reason: 'again' })).status).toBe(200)
  const say = (since: Date) =>
    world.server().api<{ machines: number }>('POST', '/deployment/missing-data', { since: since.toISOString() })
  expect((await say(new Date(Date.now() + 60_000))).status).toBe(409)
  expect((await say(new Date(backupAt.getTime() - 3_600_000))).status).toBe(409)
  expect(await say(backupAt)).toMatchObject({ status: 200, body: { machines: 1 } })
  expect((await say(backupAt)).status).toBe(409)
  for (const node of nodes) expect((await cluster.ask(node, stolen)).answer?.code).toBe('machine_revoked')
  await cluster.recovered(kept, 45_000)
  await cluster.recovered(fresh)
  const again = await inParallel(spent, 5, (each) => service.ask(world.server(1), each))
  expect(again.filter(({ status }) => status === 200)).toEqual([])
})
