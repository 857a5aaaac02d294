import { newUuid } from '../new-uuid'
import type { Progress, Refusal } from './appraise-request'
import { toQueryRecord } from './query-record'
import { isProbePath } from './probe-path'
import type { ReportedRequest } from './verification-types'
import type { VerificationNode } from './verification-node'

/** Hands a refusal to the recorder: proven ones one by one, the others folded. `id` is the UUID that the answer names. */
export function recordDenial(
  node: VerificationNode,
  request: ReportedRequest,
  refusal: Refusal,
  progress: Progress,
  id: string,
  isObserved: boolean,
): void {
  const { service, gateway, machine, parsed, verified } = progress
  const { path, query } = parsed ?? splitTarget(request.target)
  const queryRecord = toQueryRecord(query, node.dependencies.keys.queryHashKey())
  const { masterKey, now, tally } = node.dependencies
  const outcome = isObserved ? 'observed' : 'denied'
  tally.decided(service?.slug, gateway?.profile ?? request.profile, outcome, refusal.code)
  const atMs = now().getTime()
  node.denials.record({
    id,
    atMs,
    outcome,
    code: refusal.code,
    detail: refusal.detail,
    isProven: verified !== undefined,
    probePath: isProbePath(path, masterKey.deriveKey('probe'), atMs) ? path : null,
    serviceUuid: service?.uuid,
    serviceName: request.service,
    gatewayUuid: gateway?.uuid,
    machineUuid: machine?.uuid,
    generation: parsed?.generation,
    useKey: verified?.useKey,
    conflictingDecisionId: refusal.conflictingDecisionId,
    method: request.method,
    authority: verified?.authority ?? service?.authorities[0]?.authority,
    reportedAuthority: request.reportedAuthority,
    path,
    queryNames: queryRecord.names,
    queryHash: queryRecord.hash?.toString('hex') ?? null,
    sourceAddress: request.sourceAddress,
  })
}

/** For the record only: a target that may break every rule of the grammar. */
function splitTarget(target: string): { path: string; query: string } {
  const start = target.indexOf('?')
  return start < 0 ? { path: target, query: '?' } : { path: target.slice(0, start), query: target.slice(start) }
}

/** A gateway's call that could not even be read as one. */
export interface UnreadableRequest {
  /** What stands where the service's name should; untrusted text. */
  readonly service: string
  readonly code: 'credential_malformed' | 'service_unknown'
  readonly detail: string
}

/** Records a call that could not be read; returns the UUID of its denial. */
export function recordUnreadableRequest(node: VerificationNode, request: UnreadableRequest): string {
  const { service, code, detail } = request
  const id = newUuid()
  const refusal: Refusal = { outcome: 'refused', code, detail }
  const nothingRead: ReportedRequest = {
    service,
    profile: null,
    gateway: { kind: 'none' },
    method: '',
    target: '',
    headers: [],
    reportedAuthority: undefined,
    bodyDigest: undefined,
    hasContent: undefined,
    sourceAddress: undefined,
  }
  recordDenial(node, nothingRead, refusal, {}, id, false)
  return id
}
