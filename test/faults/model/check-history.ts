/**
 * What the outside saw of a deployment while faults were injected, against what its tables hold. Pure: it knows nothing of
 * how either was gathered. All instants are milliseconds since 1970 of one clock, which nodes and database share.
 */

/** One request as its sender saw it. Several may carry the same credential. */
export interface HistoryRequest {
  /** Names the credential: machine, generation and use key. */
  readonly credential: string
  readonly machine: string
  readonly sentAtMs: number
  /** Undefined when no answer came: the connection broke. */
  readonly answer: { readonly code: string; readonly decisionId: string | null; readonly atMs: number } | undefined
}

/** One row of `decision`. */
export interface HistoryRecord {
  readonly id: string
  readonly credential: string
  readonly machine: string
  readonly atMs: number
}

/** A call that took a machine's right away, at the moment when it had returned. */
export interface HistoryEnd {
  readonly machine: string
  readonly returnedAtMs: number
}

export interface History {
  readonly requests: readonly HistoryRequest[]
  readonly records: readonly HistoryRecord[]
  readonly ends: readonly HistoryEnd[]
}

/** Denials that may have spent the credential all the same: the record came too late to be told, or somebody else's came first. */
const maySpend: ReadonlySet<string> = new Set(['unavailable', 'credential_replayed'])

/** Returns every promise that this history breaks, in words; none when it keeps them all. */
export function checkHistory(history: History): string[] {
  return [...checkAllows(history), ...checkRecords(history), ...checkEnds(history)]
}

/** Every answered allow has its record, for this very credential, and none was given twice. */
function* checkAllows({ requests, records }: History): Iterable<string> {
  const recordsById = new Map(records.map((record) => [record.id, record]))
  const allowed = new Set<string>()
  for (const { credential, answer } of requests) {
    if (answer?.code !== 'allowed') continue
    if (allowed.has(credential)) yield `${credential} was allowed twice.`
    allowed.add(credential)
    const record = answer.decisionId === null ? undefined : recordsById.get(answer.decisionId)
    if (!record) yield `${credential} was allowed without a record.`
    else if (record.credential !== credential) yield `${credential} was allowed on the record of ${record.credential}.`
  }
}

/** No use is on record twice, none that nobody asked for, and none that was denied for good. */
function* checkRecords({ requests, records }: History): Iterable<string> {
  const codes = new Map<string, (string | undefined)[]>()
  for (const { credential, answer } of requests) {
    const known = codes.get(credential)
    if (known) known.push(answer?.code)
    else codes.set(credential, [answer?.code])
  }
  const ids = new Set<string>()
  const uses = new Set<string>()
  for (const { id, credential } of records) {
    if (ids.has(id)) yield `The record ${id} is doubled.`
    if (uses.has(credential)) yield `${credential} is on record twice.`
    ids.add(id)
    uses.add(credential)
    const answers = codes.get(credential)
    if (!answers) yield `${credential} is on record, and nobody sent it.`
    else if (answers.every((code) => code !== undefined && code !== 'allowed' && !maySpend.has(code))) {
      yield `${credential} is on record, and was denied: ${answers.join(', ')}.`
    }
  }
}

/** After a machine's right was taken away nothing that it sends is allowed, and no allow of it is recorded. */
function* checkEnds({ requests, records, ends }: History): Iterable<string> {
  for (const { machine, returnedAtMs } of ends) {
    for (const request of requests) {
      if (request.machine === machine && request.answer?.code === 'allowed' && request.sentAtMs > returnedAtMs) {
        yield `${request.credential} was sent ${Math.round(request.sentAtMs - returnedAtMs)} ms after the end of its machine, and allowed.`
      }
    }
    for (const record of records) {
      if (record.machine === machine && record.atMs > returnedAtMs) {
        yield `${record.credential} was recorded ${Math.round(record.atMs - returnedAtMs)} ms after the end of its machine.`
      }
    }
  }
}
