import { PlainHistogram } from './plain-histogram'

/** Seconds. Decisions take a millisecond when all is well and end at their deadline; 0.15 is a gateway's. */
const decisionBounds = [0.0005, 0.001, 0.002, 0.003, 0.005, 0.0075, 0.01, 0.015, 0.025, 0.05, 0.1, 0.15, 0.25, 0.5, 1]
const batchRowBounds = [1, 2, 4, 8, 16, 32, 64, 128, 256, 512]
const changeBounds = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10]

/** More services than anybody has; the rest counts as `other`, so that a scrape stays bounded. */
const mostServices = 1_000

export type DecisionOutcomeCounted = 'allowed' | 'denied' | 'observed'

export interface DecisionCount {
  readonly service: string
  readonly gateway: string
  readonly outcome: DecisionOutcomeCounted
  readonly code: string
  readonly count: number
}

/** What a lost or refused database call was for. */
export type DatabaseUse = 'decision' | 'denial' | 'connection'

/**
 * What this process has done since its start, as plain numbers. Counting is a few look-ups of known keys: no label objects,
 * no strings made. Nothing here ever names a machine: there may be a million.
 */
export class Tally {
  readonly decisionSeconds = new PlainHistogram(decisionBounds)
  readonly batchRows = new PlainHistogram(batchRowBounds)
  readonly batchSeconds = new PlainHistogram(decisionBounds)
  readonly databaseErrors: Record<DatabaseUse, number> = { decision: 0, denial: 0, connection: 0 }
  /** Denials that were added to a row that was waiting instead of making one of their own. */
  deniedAndFolded = 0
  /** service → gateway profile → outcome → code → count */
  readonly #decisions = new Map<string, Map<string, Map<DecisionOutcomeCounted, Map<string, number>>>>()
  readonly #changes = new Map<string, PlainHistogram>()
  readonly #messages = new Map<string, Map<string, number>>()
  readonly #operations = new Map<string, Map<number, number>>()

  /**
   * Counts one decision. `service` is a slug that exists, or undefined: what strangers call a service makes no series.
   * `gateway` is the profile; `code` that of the denial.
   */
  decided(service: string | undefined, gateway: string | null, outcome: DecisionOutcomeCounted, code: string): void {
    const byGateway = this.#ofService(service ?? 'unknown')
    const byOutcome = inner(byGateway, gateway ?? 'unknown')
    const byCode = inner(byOutcome, outcome)
    byCode.set(code, (byCode.get(code) ?? 0) + 1)
  }

  /** A change of a machine (`machine.revoke`, …) that is in force, and how long its caller waited, in seconds. */
  machineChanged(action: string, seconds: number): void {
    let histogram = this.#changes.get(action)
    if (!histogram) this.#changes.set(action, (histogram = new PlainHistogram(changeBounds)))
    histogram.observe(seconds)
  }

  /** A message of a machine; `outcome` is `done` or the code of the refusal. */
  machineMessage(kind: string, outcome: string): void {
    const byOutcome = inner(this.#messages, kind)
    byOutcome.set(outcome, (byOutcome.get(outcome) ?? 0) + 1)
  }

  /** A call of the management API that was answered. */
  operation(id: string, status: number): void {
    const byStatus = inner(this.#operations, id)
    byStatus.set(status, (byStatus.get(status) ?? 0) + 1)
  }

  *decisions(): Generator<DecisionCount> {
    for (const [service, byGateway] of this.#decisions)
      for (const [gateway, byOutcome] of byGateway)
        for (const [outcome, byCode] of byOutcome)
          for (const [code, count] of byCode) yield { service, gateway, outcome, code, count }
  }

  changes(): ReadonlyMap<string, PlainHistogram> {
    return this.#changes
  }

  messages(): ReadonlyMap<string, ReadonlyMap<string, number>> {
    return this.#messages
  }

  operations(): ReadonlyMap<string, ReadonlyMap<number, number>> {
    return this.#operations
  }

  #ofService(service: string): Map<string, Map<DecisionOutcomeCounted, Map<string, number>>> {
    const known = this.#decisions.get(service)
    if (known) return known
    return inner(this.#decisions, this.#decisions.size < mostServices ? service : 'other')
  }
}

function inner<Key, InnerKey, Value>(outer: Map<Key, Map<InnerKey, Value>>, key: Key): Map<InnerKey, Value> {
  const found = outer.get(key)
  if (found) return found
  const made = new Map<InnerKey, Value>()
  outer.set(key, made)
  return made
}
