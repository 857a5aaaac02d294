import type { DatabaseGauges } from './read-database-gauges'
import type { PlainHistogram } from './plain-histogram'
import type { Tally } from './tally'

/** What the metrics are read from when somebody scrapes. */
export interface MetricSources {
  readonly tally: Tally
  /** Null where this process decides nothing. */
  readonly verification: VerificationGauges | null
  readonly database: () => Promise<DatabaseGauges | null>
  /** Browsers that watch live decisions. */
  readonly feedListeners: () => number
  readonly build: { readonly version: string; readonly database: string; readonly role: string }
}

export interface VerificationGauges {
  /** Decisions that wait for a batch. */
  readonly queueDepth: () => number
  /** Connections that have a batch under way. */
  readonly busyLanes: () => number
  /** Denials that wait to be written. */
  readonly waitingDenials: () => number
}

export interface Sample {
  readonly labels: Readonly<Record<string, string>>
  readonly value: number
  /** Of a histogram's parts: `_bucket`, `_sum`, `_count`. */
  readonly suffix?: string
}

export interface Metric {
  readonly type: 'counter' | 'gauge' | 'histogram'
  readonly help: string
  /** What several processes say together that share a port: their sum, unless it is a fact that each of them finds. */
  readonly together?: 'first' | 'min' | 'max'
  readonly read: (sources: MetricSources) => readonly Sample[] | Promise<readonly Sample[]>
}

const one = (value: number): readonly Sample[] => [{ labels: {}, value }]
const orNothing = (value: number | undefined): readonly Sample[] => (value === undefined ? [] : one(value))

/**
 * Every metric of Countersign: the one registry. `docs/operate/metrics.md`, the dashboard and the alert rules are held to it
 * by a test. Node's own (`process_…`, `nodejs_…`) come from prom-client.
 */
export const metrics = {
  countersign_build_info: {
    type: 'gauge',
    together: 'first',
    help: 'Always 1; the labels say which version runs, in which role, on which kind of database.',
    read: ({ build }) => [{ labels: { ...build }, value: 1 }],
  },
  countersign_decisions_total: {
    type: 'counter',
    help: 'Requests that were decided. code is none for an allow; service is unknown where the caller named none that exists.',
    read: ({ tally }) =>
      Array.from(tally.decisions(), ({ count, ...labels }) => ({ labels: { ...labels }, value: count })),
  },
  countersign_decision_duration_seconds: {
    type: 'histogram',
    help: 'Time from a question that was read to its answer, whatever it was.',
    read: ({ tally }) => histogramSamples(tally.decisionSeconds),
  },
  countersign_batch_rows: {
    type: 'histogram',
    help: 'Decisions that went to the database together.',
    read: ({ tally }) => histogramSamples(tally.batchRows),
  },
  countersign_batch_duration_seconds: {
    type: 'histogram',
    help: 'Time of one batch of decisions, until it was durable.',
    read: ({ tally }) => histogramSamples(tally.batchSeconds),
  },
  countersign_decision_queue_depth: {
    type: 'gauge',
    help: 'Decisions that wait for a batch.',
    read: ({ verification }) => orNothing(verification?.queueDepth()),
  },
  countersign_decision_lanes_busy: {
    type: 'gauge',
    help: 'Database connections that have a batch of decisions under way.',
    read: ({ verification }) => orNothing(verification?.busyLanes()),
  },
  countersign_denials_waiting: {
    type: 'gauge',
    help: 'Rows of denials that wait to be written.',
    read: ({ verification }) => orNothing(verification?.waitingDenials()),
  },
  countersign_denials_folded_total: {
    type: 'counter',
    help: 'Denials counted in the row of an equal one instead of having their own.',
    read: ({ tally }) => one(tally.deniedAndFolded),
  },
  countersign_database_errors_total: {
    type: 'counter',
    help: 'Database calls that failed: batches of decisions, batches of denials, and connections lost while idle.',
    read: ({ tally }) => Object.entries(tally.databaseErrors).map(([use, value]) => ({ labels: { use }, value })),
  },
  countersign_database_up: {
    type: 'gauge',
    together: 'min',
    help: '1 when the database answered within a second, at most five seconds ago.',
    read: async ({ database }) => one((await database()) === null ? 0 : 1),
  },
  countersign_database_replicated: {
    type: 'gauge',
    together: 'min',
    help: '1 when a synchronous standby is set.',
    read: async ({ database }) => {
      const gauges = await database()
      return gauges === null ? [] : one(gauges.isReplicated ? 1 : 0)
    },
  },
  countersign_clock_difference_seconds: {
    type: 'gauge',
    together: 'max',
    help: 'The clock of this node less that of the database.',
    read: async ({ database }) => orNothing((await database())?.clockDifferenceSeconds),
  },
  countersign_partition_days_ahead: {
    type: 'gauge',
    together: 'min',
    help: 'Days from today on for which partitions exist; below two the node is not ready.',
    read: async ({ database }) => orNothing((await database())?.partitionDaysAhead),
  },
  countersign_machine_change_duration_seconds: {
    type: 'histogram',
    help: 'Time until a change of a machine was in force on every node: machine.revoke, machine.suspend and the like.',
    read: ({ tally }) =>
      Array.from(tally.changes()).flatMap(([action, histogram]) => histogramSamples(histogram, { action })),
  },
  countersign_machine_messages_total: {
    type: 'counter',
    help: 'Messages of machines: enrolments, renewals, service lists. outcome is done, or the code of the refusal.',
    read: ({ tally }) => nestedSamples(tally.messages(), 'kind', 'outcome'),
  },
  countersign_api_operations_total: {
    type: 'counter',
    help: 'Calls of the management API by operation and HTTP status.',
    read: ({ tally }) => nestedSamples(tally.operations(), 'operation', 'status'),
  },
  countersign_live_feed_listeners: {
    type: 'gauge',
    help: 'Browsers that watch live decisions.',
    read: ({ feedListeners }) => one(feedListeners()),
  },
} as const satisfies Record<`countersign_${string}`, Metric>

function histogramSamples(histogram: PlainHistogram, labels: Readonly<Record<string, string>> = {}): Sample[] {
  const { cumulative, total, sum } = histogram.read()
  const buckets = histogram.bounds.map((bound, index) => ({
    labels: { ...labels, le: String(bound) },
    value: cumulative[index] ?? 0,
    suffix: '_bucket',
  }))
  return [
    ...buckets,
    { labels: { ...labels, le: '+Inf' }, value: total, suffix: '_bucket' },
    { labels, value: sum, suffix: '_sum' },
    { labels, value: total, suffix: '_count' },
  ]
}

function nestedSamples(
  counts: ReadonlyMap<string, ReadonlyMap<string | number, number>>,
  outer: string,
  inner: string,
): Sample[] {
  return Array.from(counts).flatMap(([first, byInner]) =>
    Array.from(byInner, ([second, value]) => ({ labels: { [outer]: first, [inner]: String(second) }, value })),
  )
}
