import { LRUCache } from 'lru-cache'
import type { Pool } from 'pg'
import { parseId } from '@/lib/domain/ids'
import { readMachines } from './machine-directory-store'
import { LookupQueue } from './lookup-queue'
import type { MachineRecord } from './verification-types'

/** Bounds of protocol.md section 5: unknown ids cost at most 50 statements a second of at most 512 ids. */
const unknownSpacingMs = 20
const largestLookup = 512
/** Known machines have a queue of their own, so that a flood of unknown ids does not hold up their renewals. */
const knownSpacingMs = 2
/** A known machine is read again, when something looks wrong, at most this often. */
const shortestRereadMs = 100
/** Only machine ids are remembered as unknown, for seconds; never a generation of a known machine. */
const unknownForMs = 2_000

const cachedMachines = 100_000
const cachedUnknown = 100_000

export type MachineLookup =
  | { readonly outcome: 'found'; readonly machine: MachineRecord }
  | { readonly outcome: 'unknown' }
  | { readonly outcome: 'unavailable' }

interface CachedMachine {
  readonly machine: MachineRecord
  readonly readAtMs: number
}

/** Machines in memory, read in batches. A stale record is harmless: the decision statement compares its version. */
export class MachineDirectory {
  readonly #known = new LRUCache<string, CachedMachine>({ max: cachedMachines })
  readonly #unknown = new LRUCache<string, true>({ max: cachedUnknown, ttl: unknownForMs })
  readonly #unknownQueue: LookupQueue<CachedMachine>
  readonly #knownQueue: LookupQueue<CachedMachine>

  constructor(pool: Pool, trustDomain: string) {
    const read = async (ids: string[]) => {
      const uuids = ids.flatMap((id) => parseId('mach', id) ?? [])
      const machines = await readMachines(pool, uuids, trustDomain)
      const readAtMs = performance.now()
      return new Map([...machines.values()].map((machine) => [machine.id, { machine, readAtMs }]))
    }
    this.#unknownQueue = new LookupQueue(read, unknownSpacingMs, largestLookup)
    this.#knownQueue = new LookupQueue(read, knownSpacingMs, largestLookup)
  }

  /** From memory; undefined when the database has to be asked. */
  peek(machineId: string): MachineLookup | undefined {
    const cached = this.#known.get(machineId)
    if (cached) return { outcome: 'found', machine: cached.machine }
    return this.#unknown.has(machineId) ? { outcome: 'unknown' } : undefined
  }

  /** Asks the database for an id that `peek` does not know. */
  find(machineId: string): Promise<MachineLookup> {
    return this.#ask(this.#unknownQueue, machineId)
  }

  /**
   * Reads a known machine again, because deciding on the record in memory would be a denial. `isStale` says that its
   * version is known to have moved. Otherwise it is read at most once in 100 ms, however many ask; who asks in between
   * waits for that reading instead of being denied on the old one (a renewal may be milliseconds old).
   */
  async refresh(machineId: string, isStale: boolean): Promise<MachineLookup> {
    const before = this.#known.peek(machineId)
    const restMs = before && !isStale ? before.readAtMs + shortestRereadMs - performance.now() : 0
    if (restMs > 0) await new Promise((resolve) => setTimeout(resolve, restMs))
    const now = this.#known.peek(machineId)
    return now && now !== before ? { outcome: 'found', machine: now.machine } : this.#ask(this.#knownQueue, machineId)
  }

  async #ask(queue: LookupQueue<CachedMachine>, machineId: string): Promise<MachineLookup> {
    const lookup = await queue.find(machineId)
    if (lookup.outcome === 'unavailable') return lookup
    if (!lookup.row) {
      this.#known.delete(machineId)
      this.#unknown.set(machineId, true)
      return { outcome: 'unknown' }
    }
    this.#known.set(machineId, lookup.row)
    this.#unknown.delete(machineId)
    return { outcome: 'found', machine: lookup.row.machine }
  }
}
