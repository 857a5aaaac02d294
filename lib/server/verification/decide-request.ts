import type { DecisionCode } from '@/lib/domain/error-code'
import { appraiseRequest, type Candidate, type Progress, type Refusal } from './appraise-request'
import { explainUnrecorded, toDecisionRow } from './record-candidate'
import type { ReportedRequest, ServiceRecord } from './verification-types'
import type { VerificationNode } from './verification-node'

/** What became of a request, before anybody is told: an allow is on disk. */
export type Finding =
  { readonly outcome: 'allowed'; readonly decisionId: string; readonly candidate: Candidate } | Refusal

/** Versions moved while the request was decided; it is decided on the new reading this many times more. */
const mostReconsiderations = 3
/** Services, machine, key: more is never missing, unless the caches are overrun. */
const mostFetches = 6

/** Refusals that an older reading of the machine explains: it may have been reinstated, renewed or relabelled since. */
const machineMayHaveChanged: ReadonlySet<DecisionCode> = new Set([
  'machine_pending',
  'machine_suspended',
  'machine_quarantined',
  'machine_expired',
  'generation_superseded',
  'policy_denied',
])
/** Refusals that an older reading of the services explains. */
const serviceMayHaveChanged: ReadonlySet<DecisionCode> = new Set([
  'service_unknown',
  'gateway_unknown',
  'authority_unknown',
  'policy_denied',
  'component_missing',
  'component_unexpected',
  'credential_malformed',
  'signature_invalid',
  'algorithm_not_allowed',
  'body_unchecked',
])

/**
 * Decides one request and, where it is refused, whether its service only observes. A request that is let through in spite of a
 * refusal meets no decision statement, so the service's version is asked for here: else a node that has not yet heard
 * of `enforce`, or of a gateway key's end, would go on opening the service. Rejects when the database gives no answer.
 */
export async function decideRequest(
  node: VerificationNode,
  request: ReportedRequest,
  deadlineAtMs: number,
  progress: Progress,
): Promise<Finding> {
  for (let round = 0; round <= mostReconsiderations; round++) {
    if (round > 0) forgetProgress(progress)
    const finding = await decideOnReading(node, request, deadlineAtMs, progress)
    const service = finding.outcome === 'refused' ? observingService(finding, progress) : undefined
    if (finding.outcome === 'allowed' || !service) return finding
    switch (await node.services.confirm(service)) {
      case 'current':
        return { ...finding, isObserved: true }
      case 'unavailable':
        return { outcome: 'refused', code: 'unavailable', detail: 'The service could not be looked up in time.' }
      case 'changed':
        await node.services.reload(true)
    }
  }
  return { outcome: 'refused', code: 'unavailable', detail: 'The service kept changing.' }
}

/** Observing is for finding out who would be denied; it never opens a service that cannot decide at all. */
function observingService(refusal: Refusal, { service, gateway }: Progress): ServiceRecord | undefined {
  return service?.mode === 'observe' && gateway !== undefined && refusal.code !== 'unavailable' ? service : undefined
}

/**
 * Decides on what the node has read (protocol.md, section 5): structure, key, window, signature, content, policy, and last the decision
 * statement, which also spends the credential. `progress` tells how far it came, for the record of a denial.
 * Input: the deadline on the clock of `performance.now()`. Rejects when the database gives no answer.
 */
async function decideOnReading(
  node: VerificationNode,
  request: ReportedRequest,
  deadlineAtMs: number,
  progress: Progress,
): Promise<Finding> {
  let hasReread = false
  let fetches = 0
  for (let round = 0; round <= mostReconsiderations;) {
    const appraised = appraiseRequest(node, request, progress)
    if (appraised.outcome === 'missing') {
      const refusal = ++fetches > mostFetches ? overrun : await appraised.fetch()
      if (refusal) return refusal
      continue
    }
    if (appraised.outcome === 'refused') {
      if (hasReread || !(await rereadAfter(node, appraised.code, progress))) return appraised
      hasReread = true
      forgetProgress(progress)
      continue
    }
    const row = toDecisionRow(node, request, appraised)
    const recording = await node.batcher.record(row, deadlineAtMs)
    if (recording.outcome === 'recorded') return { outcome: 'allowed', decisionId: row.id, candidate: appraised }
    const explained = explainUnrecorded(node, request, appraised, row, recording)
    if (explained.outcome === 'refused') return explained
    if (explained.hasServiceChanged) await node.services.reload(true)
    if (explained.hasMachineChanged) await node.machines.refresh(appraised.machine.id, true)
    if (++round <= mostReconsiderations) forgetProgress(progress)
  }
  return { outcome: 'refused', code: 'unavailable', detail: 'The machine or the service kept changing.' }
}

/** What an earlier reading led to must not speak for this one: its gateway may be none any more. */
function forgetProgress(progress: Progress): void {
  delete progress.service
  delete progress.gateway
  delete progress.parsed
  delete progress.machine
  delete progress.verified
}

const overrun: Refusal = { outcome: 'refused', code: 'unavailable', detail: 'Too much is asked for at once.' }

/** Reads again what the refusal rests on; says whether anything is different now. */
async function rereadAfter(node: VerificationNode, code: DecisionCode, progress: Progress): Promise<boolean> {
  let hasChanged = false
  if (serviceMayHaveChanged.has(code)) {
    const before = node.services.current()
    hasChanged = (await node.services.reload()) !== before
  }
  const { machine } = progress
  if (machine && machineMayHaveChanged.has(code)) {
    const lookup = await node.machines.refresh(machine.id, false)
    hasChanged ||= lookup.outcome !== 'found' || lookup.machine !== machine
  }
  return hasChanged
}
