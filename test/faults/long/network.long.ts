import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { chmod } from 'node:fs/promises'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { TestMachine } from '../../setup/test-machine'
import { openCluster, type Cluster } from '../support/cluster'
import { createNetworkNamespace, type NetworkNamespace } from '../support/network-namespace'
import { createPostgresPlace, type PostgresPlace } from '../support/postgres-place'

let network: NetworkNamespace
let fault: PostgresPlace
let cluster: Cluster
let machine: TestMachine
let folder: string

beforeAll(async () => {
  network = await createNetworkNamespace()
  folder = await mkdtemp(path.join(tmpdir(), 'countersign-hba-'))
  await chmod(folder, 0o755)
  const hba = path.join(folder, 'pg_hba.conf')
  await writeFile(hba, 'local all all trust\nhost all all 203.0.113.0/24 trust\n')
  fault = await createPostgresPlace({ hba_file: `'${hba}'` }, { network })
  cluster = await openCluster(fault.place, {
    verificationNodes: 1,
    environment: { COUNTERSIGN_DECISION_DEADLINE_MS: '1500' },
  })
  machine = await cluster.service.enroll('beyond the cable')
})
afterAll(async () => {
  for (const server of cluster.world.servers) server.kill('SIGKILL')
  await cluster.close()
  await fault.remove()
  await network.remove()
  await rm(folder, { recursive: true, force: true })
})

test('the cable between nodes and PostgreSQL is cut under load and put back: denied in time, nothing lost, at work again', async () => {
  const load = cluster.startLoad([machine], { lanes: 4, pauseMs: 2 })
  await load.moreAnswers(200)
  await network.cut()
  const cutAtMs = performance.now()
  await load.moreAnswers(30)
  for (const { url } of cluster.world.servers) expect((await fetch(`${url}/readyz`)).status).toBe(503)
  await network.heal()
  await cluster.recovered(machine, 45_000)
  await load.moreAnswers(100)
  const asked = await cluster.endLoad(load)
  expect(asked.filter(({ answer }) => !answer)).toEqual([])
  const slowest = Math.max(
    ...asked.filter((each) => each.sentAtMs > cutAtMs).map((each) => each.answeredAtMs - each.sentAtMs),
  )
  expect(slowest).toBeLessThan(3_000)
  expect(await cluster.violations()).toEqual([])
})
