import { afterEach, expect, test } from 'vitest'
import { createTestPlace } from '../../setup/open-test-dependencies'
import { makeRequest } from '../../setup/prepare-service'
import { startServer } from '../../setup/start-server'
import { until } from '../../verification/support/in-parallel'
import { openCluster } from '../support/cluster'
import { createPostgresPlace } from '../support/postgres-place'
import { createSmallDisk } from '../support/small-disk'

const cleanups: (() => Promise<unknown>)[] = []
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup()
})

test('PostgreSQL’s disk fills up under load: denied, nothing lost, and at work again once there is room', async () => {
  const disk = await createSmallDisk(200)
  cleanups.push(() => disk.remove())
  const fault = await createPostgresPlace({ min_wal_size: '32MB', max_wal_size: '64MB' }, { around: disk.folder })
  cleanups.push(() => fault.remove())
  const cluster = await openCluster(fault.place, {
    verificationNodes: 1,
    environment: { COUNTERSIGN_DECISION_DEADLINE_MS: '1500' },
  })
  cleanups.push(() => cluster.close())
  const machine = await cluster.service.enroll('writes')
  const load = cluster.startLoad([machine], { lanes: 8, pauseMs: 0 })
  await load.moreAnswers(200)
  await disk.fill()
  const isDenied = () => {
    const recent = load.asked.slice(-20)
    return Promise.resolve(recent.every(({ answer }) => answer?.code === 'unavailable') ? true : undefined)
  }
  await until(isDenied, 60_000, 'Denials')
  await disk.free()
  // A server whose WAL found no room has ended itself; whoever keeps it running starts it again.
  await fault.postgres.start().catch(() => undefined)
  await cluster.recovered(machine, 30_000)
  await load.moreAnswers(50)
  const asked = await cluster.endLoad(load)
  expect(asked.filter(({ answer }) => !answer)).toEqual([])
  expect(await cluster.violations()).toEqual([])
})

test('a node’s clock is 20 seconds ahead: it says so, and decides as the others do', async () => {
  const place = await createTestPlace('postgresql')
  cleanups.push(() => place.remove())
  const cluster = await openCluster(place, {
    verificationNodes: 0,
    environment: { COUNTERSIGN_DECISION_DEADLINE_MS: '1500' },
  })
  cleanups.push(() => cluster.close())
  const { service, world } = cluster
  const folders = await createTestPlace('embedded')
  cleanups.push(() => folders.remove())
  const ahead = await startServer(
    { ...place, dataDirectory: folders.dataDirectory },
    {
      environment: {
        COUNTERSIGN_DATA_DIR: folders.dataDirectory,
        COUNTERSIGN_ROLE: 'verification',
        COUNTERSIGN_DECISION_DEADLINE_MS: '1500',
        LD_PRELOAD: '/usr/$LIB/faketime/libfaketime.so.1',
        FAKETIME: '+20s',
        // Only what people call the time: intervals are measured by another clock.
        FAKETIME_DONT_FAKE_MONOTONIC: '1',
      },
    },
  )
  cleanups.push(() => ahead.stop())
  const readiness = await fetch(`${ahead.url}/readyz`)
  expect(readiness.status).toBe(503)
  expect(((await readiness.json()) as { problems: string[] }).problems.join()).toMatch(
    /clocks .* differ by (19|20)\d{3} ms/,
  )

  const machine = await service.enroll('honest')
  const { authority } = service
  const seconds = () => Math.floor(Date.now() / 1000)
  const send = async (created: number, expires = created + 60) => {
    const request = makeRequest(machine, { authority, target: '/v1/orders', created, expires })
    const first = (await service.ask(ahead, request)).code
    return { request, first, there: (await service.ask(world.server(), request)).code }
  }
  // Spent there is spent here, and the other way round.
  expect(await send(seconds())).toMatchObject({ first: 'allowed', there: 'credential_replayed' })
  const spent = makeRequest(machine, { authority, target: '/v1/orders' })
  expect((await service.ask(world.server(), spent)).code).toBe('allowed')
  expect((await service.ask(ahead, spent)).code).toBe('credential_replayed')
  // From the future by the database's clock, though not by the node's: 45 seconds ahead are 25 there.
  expect(await send(seconds() + 45)).toMatchObject({ first: 'credential_expired', there: 'credential_not_yet_valid' })
  // Over for both; and over for the node alone, which denies in doubt.
  expect(await send(seconds() - 100)).toMatchObject({ first: 'credential_expired', there: 'credential_expired' })
  expect(await send(seconds() - 75)).toMatchObject({ first: 'credential_expired', there: 'allowed' })
  // A revocation holds there as everywhere.
  await cluster.revoke(machine)
  expect(await send(seconds())).toMatchObject({ first: 'machine_revoked', there: 'machine_revoked' })
})
