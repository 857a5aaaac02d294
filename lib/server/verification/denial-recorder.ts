import ipaddr from 'ipaddr.js'
import type { DecisionCode } from '@/lib/domain/error-code'
import { isErrorOfTheData } from './is-error-of-the-data'
import type { DenialRow } from './denial-store'
import { toStorableText } from './to-storable-text'

/** What is known of a denied (or merely observed) request. */
export interface DenialFacts {
  readonly id: string
  readonly atMs: number
  readonly outcome: 'denied' | 'observed'
  readonly code: DecisionCode
  readonly detail: string | undefined
  /** Whether the signature held: such denials are recorded one by one, the others folded. */
  readonly isProven: boolean
  /** Path of a probe of this deployment (`isProbePath`): folded with itself alone, so that its record is found. */
  readonly probePath: string | null
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
  readonly #onFolded: () => void
  readonly #timer: NodeJS.Timeout
  #queue: DenialRow[] = []
  /** By what they are folded by; null where nothing came since the last row was taken to be written. */
  readonly #folded = new Map<string, DenialRow | null>()
  #foldStartedMs = 0
  #lastMs = 0
  #flushing: Promise<void> = Promise.resolve()
  #isFlushing = false

  constructor(
    write: (rows: readonly DenialRow[]) => Promise<void>,
    onError: (error: Error) => void,
    /** Told of each denial that was counted in a row that waits already. */
    onFolded: () => void = () => undefined,
  ) {
    this.#write = write
    this.#onError = onError
    this.#onFolded = onFolded
    this.#timer = setInterval(() => {
      if (!this.#isFlushing) void this.flush()
    }, flushEveryMs)
    this.#timer.unref()
  }

  record(facts: DenialFacts): void {
    if (facts.isProven && this.#queue.length < longestQueue) this.#queue.push(toRow(facts))
    else this.#fold(facts)
  }

  /** How many rows are kept until they can be written; bounded, however long the database is away. */
  waiting(): number {
    let waiting = this.#queue.length
    for (const row of this.#folded.values()) if (row) waiting++
    return waiting
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
    if (this.#folded.size === 0) this.#foldStartedMs = facts.atMs
    this.#lastMs = facts.atMs
    const network = networkOf(facts.sourceAddress)
    const { probePath } = facts
    const key = `${facts.serviceName}|${facts.gatewayUuid ?? ''}|${facts.code}|${facts.outcome}|${probePath ?? network}`
    // Strangers make no probes, and operators few: there is always room for one.
    const isFull = probePath === null && !this.#folded.has(key) && this.#folded.size >= largestFold
    const usedKey = isFull ? `other|${facts.code}|${facts.outcome}` : key
    const folded = this.#folded.get(usedKey)
    if (folded) {
      folded.count++
      this.#onFolded()
      folded.last = new Date(facts.atMs).toISOString()
      // Counted for one machine are only requests that all named it.
      if (folded.machine !== (facts.machineUuid ?? null)) Object.assign(folded, { machine: null, gen: null })
      return
    }
    const row = toRow(facts)
    if (isFull)
      Object.assign(row, {
        source: null,
        detail: 'Other sources',
        sname: null,
        service: null,
        gateway: null,
        machine: null,
        gen: null,
      })
    this.#folded.set(usedKey, row)
  }

  /** Rows are final once written: what is folded later is a row of its own. */
  #takeFolded(): DenialRow[] {
    const rows: DenialRow[] = []
    for (const [key, row] of this.#folded) {
      if (row) rows.push(row)
      this.#folded.set(key, null)
    }
    return rows
  }

  /** The folds are taken only when all else is written, so that they go on folding while the database is away. */
  async #flushNow(): Promise<void> {
    this.#isFlushing = true
    try {
      await this.#writeQueue()
      this.#queue.push(...this.#takeFolded())
      await this.#writeQueue()
      if (this.#lastMs - this.#foldStartedMs >= foldWindowMs) this.#endFold()
    } catch (error) {
      this.#onError(error as Error)
    } finally {
      this.#isFlushing = false
    }
  }

  async #writeQueue(): Promise<void> {
    while (this.#queue.length > 0) {
      const rows = this.#queue.slice(0, largestFlush)
      await this.#writeOrHalve(rows)
      this.#queue.splice(0, rows.length)
    }
  }

  /** A new minute has room for other sources. */
  #endFold(): void {
    this.#foldStartedMs = this.#lastMs
    for (const [key, row] of this.#folded) if (!row) this.#folded.delete(key)
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
    sname: toStorableText(facts.serviceName, 63),
    gateway: facts.gatewayUuid ?? null,
    machine: facts.machineUuid ?? null,
    gen: facts.generation ?? null,
    use: facts.useKey ?? null,
    conflict: facts.conflictingDecisionId ?? null,
    method: toStorableText(facts.method, 32),
    authority: facts.authority === undefined ? null : toStorableText(facts.authority, 255),
    reported: facts.reportedAuthority === undefined ? null : toStorableText(facts.reportedAuthority, 255),
    path: toStorableText(facts.path, 2048),
    names: facts.queryNames.map((name) => toStorableText(name, 64)),
    query: facts.queryHash,
    source: facts.sourceAddress === undefined ? null : toStorableText(facts.sourceAddress, 64),
  }
}

/** IPv4 /32 or IPv6 /64; anything else is one network. */
function networkOf(address: string | undefined): string {
  if (address === undefined || !ipaddr.isValid(address)) return 'unknown'
  const parsed = ipaddr.process(address)
  return parsed.kind() === 'ipv4' ? parsed.toString() : parsed.toByteArray().slice(0, 8).join('.')
}
