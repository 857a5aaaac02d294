import { readFile } from 'node:fs/promises'
import path from 'node:path'
import { Pool } from 'pg'
import { parseId } from '@/lib/domain/ids'
import type { TestPlace } from '../../setup/open-test-dependencies'
import { prepareService, type PreparedService } from '../../setup/prepare-service'
import type { TestMachine } from '../../setup/test-machine'
import { until } from '../../verification/support/in-parallel'
import { keepAsking, type Asked, type Load } from '../../verification/support/keep-asking'
import { openWorld, type World } from '../../verification/support/open-world'
import { checkHistory, type HistoryEnd } from '../model/check-history'
import { readHistory, toEpoch } from './read-history'
import { startTimedCaller, type TimedCaller } from './start-timed-caller'

/** Nodes on one PostgreSQL, load on all of them, and the history of everything that was asked. */
export interface Cluster {
  readonly world: World
  readonly service: PreparedService
  /** Rows behind the nodes' backs; by default where the place says, after a failover where `lookAt` said last. */
  pool(): Pool
  lookAt(url: string): void
  startLoad(machines: readonly TestMachine[], options?: { lanes?: number; pauseMs?: number }): Load
  /** Ends the load; what it asked belongs to the history from then on. */
  endLoad(load: Load): Promise<readonly Asked[]>
  /** One request of this machine to this node, for the history. */
  ask(node: number, machine: TestMachine): Promise<Asked>
  /** Revokes through the first node; how long the call took its caller, in milliseconds. */
  revoke(machine: TestMachine): Promise<number>
  /** Waits until each node allows this machine again; fails after `withinMs`. */
  recovered(machine: TestMachine, withinMs?: number): Promise<void>
  /** Every promise that the history so far breaks, in words. */
  violations(): Promise<string[]>
  close(): Promise<void>
}

export async function openCluster(
  place: TestPlace,
  options: { readonly verificationNodes: number; readonly environment?: Record<string, string> },
): Promise<Cluster> {
  const world = await openWorld('postgresql', {
    place,
    processes: 1 + options.verificationNodes,
    ...(options.environment && { environment: options.environment }),
    environmentOfOthers: { COUNTERSIGN_ROLE: 'verification' },
  })
  const service = await prepareService(world.server())
  const { authority } = service
  let url = place.environment.DATABASE_URL ?? place.environment.COUNTERSIGN_DATABASE_URLS?.split(',')[0] ?? ''
  let pool: Pool | undefined
  let caller: TimedCaller | undefined
  const asked: Asked[] = []
  const ends: HistoryEnd[] = []
  const cluster: Cluster = {
    world,
    service,
    pool() {
      pool ??= new Pool({ connectionString: url, max: 2 })
      // The faults are what ends its connections; the next query makes others.
      if (pool.listenerCount('error') === 0) pool.on('error', () => undefined)
      return pool
    },
    lookAt(other) {
      url = other
      void pool?.end().catch(() => undefined)
      pool = undefined
    },
    startLoad: (machines, { lanes = 1, pauseMs = 5 } = {}) =>
      keepAsking({
        servers: world.servers,
        machines,
        authority,
        ask: (server, request) => service.ask(server, request),
        lanes,
        pauseMs,
        isPatient: true,
      }),
    async endLoad(load) {
      const all = await load.stop()
      asked.push(...all)
      return all
    },
    async ask(node, machine) {
      const load = keepAsking({
        servers: [world.server(node)],
        machines: [machine],
        authority,
        ask: (server, request) => service.ask(server, request),
        lanes: 1,
      })
      const [one] = await load.stop()
      asked.push(one!)
      return one!
    },
    async revoke(machine) {
      caller ??= startTimedCaller()
      const token = (await readFile(path.join(place.dataDirectory, 'admin-token'), 'utf8')).trim()
      const url = `${world.server().url}/api/v1/machines/${machine.id}/revoke`
      const tookMs = await caller.post(url, token, { reason: 'a test' })
      ends.push({ machine: parseId('mach', machine.id)!, returnedAtMs: toEpoch(performance.now()) })
      return tookMs
    },
    async recovered(machine, withinMs = 30_000) {
      for (const node of world.servers.keys()) {
        const allows = async () => ((await cluster.ask(node, machine)).answer?.code === 'allowed' ? true : undefined)
        await until(allows, withinMs, `An allow of node ${node}`)
      }
    },
    violations: async () => checkHistory(await readHistory(cluster.pool(), asked, ends)),
    async close() {
      caller?.stop()
      await pool?.end()
      await world.close()
    },
  }
  return cluster
}
