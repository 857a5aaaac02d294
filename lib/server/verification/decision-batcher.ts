import type { Pool, PoolClient } from 'pg'
import { isErrorOfTheData } from './is-error-of-the-data'
import {
  explainDecisions,
  readDecisionRowType,
  recordDecisions,
  type DecisionRow,
  type UndecidedRow,
} from './decision-store'

/** A statement of 64 rows takes 2 ms, one of 256 about 6 ms: larger batches would only add latency. */
const largestBatch = 256
/** A batch under way is joined by another from this many rows on: small ones cost the database nearly as much as large ones. */
const worthAnotherLane = 32
/** Or when it takes this long: its connection may be dead. */
const patienceMs = 5
/** Beyond this the node says `unavailable` at once instead of growing. */
const longestQueue = 8_192

export type RecordOutcome =
  /** The row is on disk: an allow. */
  | { readonly outcome: 'recorded' }
  /** The statement refused the row; here is what the tables say. */
  | { readonly outcome: 'undecided'; readonly why: UndecidedRow }
  /** Nothing is known, or too late to say: deny. */
  | { readonly outcome: 'unavailable'; readonly reason: 'queue' | 'deadline' | 'database' | 'row' }

const isRecorded: RecordOutcome = { outcome: 'recorded' }

interface Pending {
  readonly row: DecisionRow
  /** On the clock of `performance.now()`. */
  readonly deadlineAtMs: number
  readonly settle: (outcome: RecordOutcome) => void
}

interface Attempt {
  readonly client: PoolClient
  readonly rowType: number
  readonly hasWarned: () => boolean
}

export interface DecisionBatcherOptions {
  /** Connections that may each have one batch under way. Embedded: 1. */
  readonly lanes: number
  /** Whether a connection that is late may be thrown away. The embedded database has only one, and it comes back. */
  readonly canReplaceConnection: boolean
  /** Looks at a connection before the first decision on it: it may lead to another server than the last one did. */
  readonly onNewConnection: (client: PoolClient) => Promise<void>
  readonly onError: (error: Error, rows: number) => void
  /** After each batch, however it ended; `startedMs` is on the clock of `performance.now()`. */
  readonly onBatch?: (rows: number, startedMs: number) => void
}

/**
 * Gathers decisions into batches: one under way per connection, each as large as what has come in meanwhile,
 * so that a lone request is not held back and a crowd shares round trips.
 */
export class DecisionBatcher {
  readonly #pool: Pool
  readonly #options: DecisionBatcherOptions
  #queue: Pending[] = []
  #busyLanes = 0
  #isScheduled = false
  #patience: NodeJS.Timeout | undefined
  #idle: (() => void)[] = []
  /** Connections that were looked at, with the OID of `decision_row` in their database. */
  readonly #rowTypes = new WeakMap<PoolClient, number>()

  constructor(pool: Pool, options: DecisionBatcherOptions) {
    this.#pool = pool
    this.#options = options
  }

  /**
   * Asks for this row to be recorded. Settles when that is known, or as `unavailable` when it is known that nobody will
   * know by the deadline (on the clock of `performance.now()`); while a database hangs that may be later, so whoever has to
   * answer in time races it. What comes back late stays on record: a record means spent and permitted, not carried out.
   */
  record(row: DecisionRow, deadlineAtMs: number): Promise<RecordOutcome> {
    if (this.#queue.length >= longestQueue) return Promise.resolve({ outcome: 'unavailable', reason: 'queue' })
    return new Promise((settle) => {
      this.#queue.push({ row, deadlineAtMs, settle })
      this.#schedule()
    })
  }

  /** Decisions that wait for a batch. */
  queueDepth(): number {
    return this.#queue.length
  }

  busyLanes(): number {
    return this.#busyLanes
  }

  /** Resolves when nothing is queued or under way. */
  drained(): Promise<void> {
    if (this.#queue.length === 0 && this.#busyLanes === 0) return Promise.resolve()
    return new Promise((resolve) => this.#idle.push(resolve))
  }

  #schedule(): void {
    if (this.#isScheduled || this.#busyLanes >= this.#options.lanes) return
    if (this.#busyLanes > 0 && this.#queue.length < worthAnotherLane) {
      this.#patience ??= setTimeout(() => this.#startLanes(1), patienceMs)
      return
    }
    this.#isScheduled = true
    // After the requests that this turn of the event loop still brings.
    setImmediate(() => {
      this.#isScheduled = false
      this.#startLanes(worthAnotherLane)
    })
  }

  /** Starts a batch where none is under way, and further ones for so many rows each. */
  #startLanes(worth: number): void {
    clearTimeout(this.#patience)
    this.#patience = undefined
    while (this.#busyLanes < this.#options.lanes && this.#queue.length >= (this.#busyLanes === 0 ? 1 : worth))
      void this.#runLane()
    if (this.#queue.length > 0) this.#schedule()
  }

  async #runLane(): Promise<void> {
    this.#busyLanes++
    const batch = this.#takeBatch()
    const startedMs = performance.now()
    try {
      if (batch.length > 0) await this.#decideBatch(batch)
    } catch (error) {
      this.#options.onError(error as Error, batch.length)
      for (const pending of batch) pending.settle({ outcome: 'unavailable', reason: 'database' })
    }
    this.#busyLanes--
    if (batch.length > 0) this.#options.onBatch?.(batch.length, startedMs)
    if (this.#queue.length > 0) this.#schedule()
    else if (this.#busyLanes === 0) for (const resolve of this.#idle.splice(0)) resolve()
  }

  /** The oldest that somebody still waits for. */
  #takeBatch(): Pending[] {
    const nowMs = performance.now()
    return this.#queue.splice(0, largestBatch).filter((pending) => {
      if (pending.deadlineAtMs > nowMs) return true
      pending.settle({ outcome: 'unavailable', reason: 'deadline' })
      return false
    })
  }

  /** One batch, tried again on a new connection when the old one breaks, until the last deadline in it. */
  async #decideBatch(batch: readonly Pending[]): Promise<void> {
    const lastDeadline = Math.max(...batch.map((pending) => pending.deadlineAtMs))
    for (;;) {
      const client = await this.#pool.connect()
      const attempt = await this.#runOnClient(client, batch, lastDeadline)
      if (attempt.outcome === 'done') return
      // The connection broke: the batch may have committed. The same ids on a new connection tell, because the earlier
      // transaction either finished (the rows conflict and carry our ids) or is waited for by the unique key.
      this.#options.onError(attempt.error, batch.length)
      if (performance.now() >= lastDeadline) throw attempt.error
    }
  }

  async #runOnClient(
    client: PoolClient,
    batch: readonly Pending[],
    lastDeadline: number,
  ): Promise<{ outcome: 'done' } | { outcome: 'broken'; error: Error }> {
    let timer: NodeJS.Timeout | undefined
    let isReleased = false
    const release = (destroy: boolean) => {
      if (isReleased) return
      isReleased = true
      client.off('notice', onNotice)
      clearTimeout(timer)
      client.release(destroy)
    }
    // A commit that warns was not confirmed by the synchronous standby: nobody may be told that it is durable.
    let hasWarned = false
    const onNotice = (notice: { severity?: string | undefined }) => {
      if (notice.severity === 'WARNING') hasWarned = true
    }
    client.on('notice', onNotice)
    // Never a cancel: a cancelled wait for the standby reports success. The connection is thrown away instead, and the
    // lane goes on even if what it waits for never says another word.
    const late = new Promise<never>((_resolve, reject) => {
      if (!this.#options.canReplaceConnection) return
      timer = setTimeout(
        () => {
          release(true)
          reject(new Error('A batch of decisions was not answered by its deadline.'))
        },
        Math.max(0, lastDeadline - performance.now()),
      )
    })
    try {
      await Promise.race([this.#useClient(client, batch, () => hasWarned), late])
      release(hasWarned)
      return { outcome: 'done' }
    } catch (error) {
      release(this.#options.canReplaceConnection)
      return { outcome: 'broken', error: error as Error }
    }
  }

  async #useClient(client: PoolClient, batch: readonly Pending[], hasWarned: () => boolean): Promise<void> {
    let rowType = this.#rowTypes.get(client)
    if (rowType === undefined) {
      await this.#options.onNewConnection(client)
      rowType = await readDecisionRowType(client)
      this.#rowTypes.set(client, rowType)
    }
    await this.#decideRows({ client, rowType, hasWarned }, batch)
  }

  /** The statement on these rows; on an error of the data, on each half, so that only the row at fault is denied. */
  async #decideRows(attempt: Attempt, batch: readonly Pending[]): Promise<void> {
    const { client, rowType, hasWarned } = attempt
    let recorded: ReadonlySet<string> | 'all'
    try {
      recorded = await recordDecisions(
        client,
        batch.map((pending) => pending.row),
        rowType,
      )
    } catch (error) {
      if (!isErrorOfTheData(error)) throw error
      if (batch.length === 1) {
        this.#options.onError(error as Error, 1)
        for (const pending of batch) pending.settle({ outcome: 'unavailable', reason: 'row' })
        return
      }
      const middle = batch.length >> 1
      await this.#decideRows(attempt, batch.slice(0, middle))
      await this.#decideRows(attempt, batch.slice(middle))
      return
    }
    if (hasWarned()) {
      for (const pending of batch) pending.settle({ outcome: 'unavailable', reason: 'database' })
      return
    }
    const refused: Pending[] = []
    for (const pending of batch) {
      if (recorded === 'all' || recorded.has(pending.row.id)) this.#settleRecorded(pending)
      else refused.push(pending)
    }
    if (refused.length > 0) await this.#explain(client, refused)
  }

  /** A process that was stopped for a while reads the answer before its timers run: late is late all the same. */
  #settleRecorded(pending: Pending): void {
    const isLate = performance.now() > pending.deadlineAtMs
    pending.settle(isLate ? { outcome: 'unavailable', reason: 'deadline' } : isRecorded)
  }

  async #explain(client: PoolClient, refused: readonly Pending[]): Promise<void> {
    const reasons = await explainDecisions(
      client,
      refused.map((pending) => pending.row),
    )
    for (const pending of refused) {
      const why = reasons.get(pending.row.id)
      if (!why) pending.settle({ outcome: 'unavailable', reason: 'database' })
      else if (why.earlierId === pending.row.id) this.#settleRecorded(pending)
      else pending.settle({ outcome: 'undecided', why })
    }
  }
}
