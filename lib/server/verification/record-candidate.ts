import { newUuid } from '../new-uuid'
import type { Candidate, Refusal } from './appraise-request'
import type { RecordOutcome } from './decision-batcher'
import type { DecisionRow } from './decision-store'
import { toQueryRecord } from './query-record'
import { toStorableText } from './to-storable-text'
import type { ReportedRequest } from './verification-types'
import type { VerificationNode } from './verification-node'

export type Unrecorded =
  | Refusal
  /** The node decided on an older reading than the tables hold. */
  | { readonly outcome: 'changed'; readonly hasMachineChanged: boolean; readonly hasServiceChanged: boolean }

/** The same bytes from the same gateway within this time are shown as a retry. */
const retryWithinMs = 10_000
const longestPath = 2_048

const reasonWords = {
  queue: 'Too many decisions are waiting.',
  deadline: 'The decision could not be recorded in time.',
  database: 'The database did not record the decision.',
  row: 'The database cannot keep this decision.',
} as const

/** Why the decision statement did not take a row: what to answer, or what to read again before deciding once more. */
export function explainUnrecorded(
  node: VerificationNode,
  request: ReportedRequest,
  candidate: Candidate,
  row: DecisionRow,
  outcome: Exclude<RecordOutcome, { readonly outcome: 'recorded' }>,
): Unrecorded {
  if (outcome.outcome === 'unavailable') {
    return { outcome: 'refused', code: 'unavailable', detail: reasonWords[outcome.reason] }
  }
  const { why } = outcome
  if (why.earlierId !== null) {
    const conflictingDecisionId = why.earlierId
    const isSameRequest = why.earlierBase?.equals(row.base) === true
    const isSequence = candidate.credential.nonce.kind === 'sequence'
    if (!isSameRequest && isSequence) {
      const detail = 'Two different requests used the same number.'
      reportFork(node, request, candidate, detail, conflictingDecisionId)
      return { outcome: 'refused', code: 'credential_forked', detail, conflictingDecisionId }
    }
    const isRetry =
      isSameRequest && why.earlierGateway === row.gateway && (why.earlierAgeMs ?? Infinity) < retryWithinMs
    const detail = isRetry ? 'The same gateway sent the same request within ten seconds: a retry.' : undefined
    return { outcome: 'refused', code: 'credential_replayed', detail, conflictingDecisionId }
  }
  if (!why.isInWindow) {
    return { outcome: 'refused', code: 'credential_expired', detail: 'The window is over by the database’s clock.' }
  }
  const hasMachineChanged = why.machineVersion !== candidate.machine.version
  const hasServiceChanged = why.serviceVersion !== candidate.service.version
  // Neither version moved, yet the row was refused: the machine expired or its generation ended just now.
  return { outcome: 'changed', hasMachineChanged: hasMachineChanged || !hasServiceChanged, hasServiceChanged }
}

/** Tells whoever quarantines; called only for valid signatures inside their window (protocol.md, section 8). */
export function reportFork(
  node: VerificationNode,
  request: ReportedRequest,
  candidate: Pick<Candidate, 'machine' | 'credential'>,
  detail: string,
  earlierDecisionId: string | null,
): void {
  node.reportFork({
    machine: candidate.machine,
    generation: candidate.credential.generation,
    useKey: candidate.credential.useKey,
    detail,
    sourceAddress: request.sourceAddress,
    earlierDecisionId,
  })
}

/** What the decision statement is asked to record of a request that may pass. */
export function toDecisionRow(node: VerificationNode, request: ReportedRequest, candidate: Candidate): DecisionRow {
  const { credential, machine, service, gateway, generation } = candidate
  const query = toQueryRecord(credential.query, node.dependencies.keys.queryHashKey())
  return {
    id: newUuid(),
    day: generation.day,
    machine: machine.uuid,
    mv: machine.version,
    gen: credential.generation,
    use: credential.useKey,
    service: service.uuid,
    sv: service.version,
    gateway: gateway.uuid,
    created: credential.created,
    expires: credential.expires,
    base: credential.baseHash,
    alg: credential.alg,
    method: credential.method,
    authority: credential.authority,
    path: credential.path.slice(0, longestPath),
    names: query.names,
    query: query.hash,
    content: candidate.content,
    source: request.sourceAddress === undefined ? null : toStorableText(request.sourceAddress, 64),
  }
}
