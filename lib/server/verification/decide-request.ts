import type { DecisionCode } from '@/lib/domain/error-code'
import { appraiseRequest, type Candidate, type Progress, type Refusal } from './appraise-request'
import { explainUnrecorded, toDecisionRow } from './record-candidate'
import type { ReportedRequest } from './verification-types'
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
 * Decides one request (protocol.md, section 5): structure, key, window, signature, content, policy, and last the decision
 * statement, which also spends the credential. `progress` tells how far it came, for the record of a denial.
 * Input: the deadline on the clock of `performance.now()`. Rejects when the database gives no answer.
 */
export async function decideRequest(
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
      continue
    }
    const row = toDecisionRow(node, request, appraised)
    const recording = await node.batcher.record(row, deadlineAtMs)
    if (recording.outcome === 'recorded') return { outcome: 'allowed', decisionId: row.id, candidate: appraised }
    const explained = explainUnrecorded(node, request, appraised, row, recording)
    if (explained.outcome === 'refused') return explained
    if (explained.hasServiceChanged) await node.services.reload(true)
    if (explained.hasMachineChanged) await node.machines.refresh(appraised.machine.id, true)
    round++
  }
  return { outcome: 'refused', code: 'unavailable', detail: 'The machine or the service kept changing.' }
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
