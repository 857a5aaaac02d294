import ipaddr from 'ipaddr.js'
import type { DecisionCode } from '@/lib/domain/error-code'
import { newUuid } from '../new-uuid'
import { isErrorOfTheData } from './is-error-of-the-data'
import type { DenialRow } from './denial-store'

/** What is known of a denied (or merely observed) request. */
export interface DenialFacts {
  readonly id: string
  readonly atMs: number
  readonly outcome: 'denied' | 'observed'
  readonly code: DecisionCode
  readonly detail: string | undefined
  /** Whether the signature held: such denials are recorded one by one, the others folded. */
  readonly isProven: boolean
  readonly serviceUuid: string | undefined
  readonly serviceName: string
  readonly gatewayUuid: string | undefined
  readonly machineUuid: string | undefined
  readonly generation: number | undefined
  readonly useKey: string | undefined
  readonly conflictingDecisionId: string | undefined
  readonly method: string
  readonly authority: string | undefined
  readonly reportedAuthority: string | undefined
  readonly path: string
  readonly queryNames: readonly string[]
  readonly queryHash: string | null
  readonly sourceAddress: string | undefined
}

/** Folded denials: at most this many keys a minute, the rest as "other sources". */
const largestFold = 10_000
const foldWindowMs = 60_000
/** Denials with a valid signature a node keeps while the database is away. */
const longestQueue = 50_000
const flushEveryMs = 1_000
const largestFlush = 500

/**
 * Writes denials, once a second, outside the decision statement. Those with a valid signature one by one; others folded
 * by service, gateway, code and network, with counts (exact but for the last second before a crash).
 */
export class DenialRecorder {
  readonly #write: (rows: readonly DenialRow[]) => Promise<void>
  readonly #onError: (error: Error) => void
  readonly #timer: NodeJS.Timeout
  #queue: DenialRow[] = []
  #folded = new Map<string, { row: DenialRow; written: number }>()
  #foldStartedMs = 0
  #flushing: Promise<void> = Promise.resolve()

  constructor(write: (rows: readonly DenialRow[]) => Promise<void>, onError: (error: Error) => void) {
    this.#write = write
    this.#onError = onError
    this.#timer = setInterval(() => void this.flush(), flushEveryMs)
    this.#timer.unref()
  }

  record(facts: DenialFacts): void {
    if (facts.isProven && this.#queue.length < longestQueue) this.#queue.push(toRow(facts))
    else this.#fold(facts)
  }

  /** Writes what waits; also called at a graceful stop. Never rejects: what fails is kept and tried again. */
  flush(): Promise<void> {
    this.#flushing = this.#flushing.then(() => this.#flushNow())
    return this.#flushing
  }

  async stop(): Promise<void> {
    clearInterval(this.#timer)
    await this.flush()
  }

  #fold(facts: DenialFacts): void {
    if (facts.atMs - this.#foldStartedMs >= foldWindowMs) this.#startFold(facts.atMs)
    const network = networkOf(facts.sourceAddress)
    const key = `${facts.serviceName}|${facts.gatewayUuid ?? ''}|${facts.code}|${facts.outcome}|${network}`
    const isFull = !this.#folded.has(key) && this.#folded.size >= largestFold
    const usedKey = isFull ? `other|${facts.code}` : key
    const folded = this.#folded.get(usedKey)
    if (folded) {
      folded.row.count++
      folded.row.last = new Date(facts.atMs).toISOString()
    } else {
      const row = toRow(facts)
      if (isFull)
        Object.assign(row, { source: null, detail: 'Other sources', sname: null, service: null, gateway: null })
      this.#folded.set(usedKey, { row, written: 0 })
    }
  }

  /** What a fold has not written yet goes to the queue when its minute ends. */
  #startFold(nowMs: number): void {
    this.#queue.push(...this.#takeFolded())
    this.#folded = new Map()
    this.#foldStartedMs = nowMs
  }

  /** Rows are final once written, so a fold that grows is written as further rows with the new count and an id of their own. */
  #takeFolded(): DenialRow[] {
    const rows: DenialRow[] = []
    for (const folded of this.#folded.values()) {
      const fresh = folded.row.count - folded.written
      if (fresh === 0) continue
      rows.push({ ...folded.row, count: fresh, id: folded.written === 0 ? folded.row.id : newUuid() })
      folded.written = folded.row.count
    }
    return rows
  }

  async #flushNow(): Promise<void> {
    this.#queue.push(...this.#takeFolded())
    while (this.#queue.length > 0) {
      const rows = this.#queue.slice(0, largestFlush)
      try {
        await this.#writeOrHalve(rows)
      } catch (error) {
        this.#onError(error as Error)
        return
      }
      this.#queue.splice(0, rows.length)
    }
  }

  /** A row that the database refuses is dropped with a word in the log, so that it does not hold up the others for ever. */
  async #writeOrHalve(rows: readonly DenialRow[]): Promise<void> {
    try {
      await this.#write(rows)
    } catch (error) {
      if (!isErrorOfTheData(error)) throw error
      if (rows.length === 1) return this.#onError(error as Error)
      const middle = rows.length >> 1
      await this.#writeOrHalve(rows.slice(0, middle))
      await this.#writeOrHalve(rows.slice(middle))
    }
  }
}

function toRow(facts: DenialFacts): DenialRow {
  const at = new Date(facts.atMs).toISOString()
  return {
    id: facts.id,
    at,
    last: at,
    count: 1,
    outcome: facts.outcome,
    code: facts.code,
    detail: facts.detail ?? null,
    service: facts.serviceUuid ?? null,
    sname: storable(facts.serviceName, 63),
    gateway: facts.gatewayUuid ?? null,
    machine: facts.machineUuid ?? null,
    gen: facts.generation ?? null,
    use: facts.useKey ?? null,
    conflict: facts.conflictingDecisionId ?? null,
    method: storable(facts.method, 32),
    authority: facts.authority === undefined ? null : storable(facts.authority, 255),
    reported: facts.reportedAuthority === undefined ? null : storable(facts.reportedAuthority, 255),
    path: storable(facts.path, 2048),
    names: facts.queryNames,
    query: facts.queryHash,
    source: facts.sourceAddress === undefined ? null : storable(facts.sourceAddress, 64),
  }
}

/** Text that PostgreSQL can keep: no NUL, no lone surrogate, bounded. What it means to a reader is the reader's to escape. */
function storable(text: string, longest: number): string {
  return text.slice(0, longest).toWellFormed().replaceAll('\0', '\uFFFD')
}

/** IPv4 /32 or IPv6 /64; anything else is one network. */
function networkOf(address: string | undefined): string {
  if (address === undefined || !ipaddr.isValid(address)) return 'unknown'
  const parsed = ipaddr.process(address)
  return parsed.kind() === 'ipv4' ? parsed.toString() : parsed.toByteArray().slice(0, 8).join('.')
}
