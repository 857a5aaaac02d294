import { formatAcceptSignature } from './format-accept-signature'
import { formatId } from '@/lib/domain/ids'
import { newUuid } from '../new-uuid'
import { isSampled, type Tracing } from '../telemetry/tracing'
import { reportFork } from './record-candidate'
import type { Candidate, Progress, Refusal } from './appraise-request'
import { decideRequest, type Finding } from './decide-request'
import { makeAssertion } from './make-assertion'
import { recordDenial } from './record-denial'
import type { AllowedAnswer, ReportedRequest, VerificationAnswer } from './verification-types'
import type { VerificationNode } from './verification-node'

/**
 * May this request pass? Always answers, within the deadline (milliseconds): what is missing, broken or late is a denial.
 * An allow is on disk before this resolves; a denial is on its way there.
 */
export function verifyRequest(
  node: VerificationNode,
  request: ReportedRequest,
  deadlineMs = node.deadlineMs,
): Promise<VerificationAnswer> {
  const { tally, tracing } = node.dependencies
  return new Promise((resolve, reject) => {
    const startedMs = performance.now()
    const progress: Progress = {}
    let isOpen = true
    // The first one counts. What comes later changes nothing: after a denial nobody hears of an allow.
    const close = () => {
      if (!isOpen) return false
      isOpen = false
      clearTimeout(timer)
      tally.decisionSeconds.observe((performance.now() - startedMs) / 1000)
      return true
    }
    const finish = (answer: VerificationAnswer) => {
      if (tracing && progress.verified) traceDecision(tracing, request, answer, startedMs)
      resolve(answer)
    }
    const allow = (answer: AllowedAnswer, { service, gateway }: Candidate) => {
      if (!close()) return
      tally.decided(service.slug, gateway.profile, 'allowed', 'none')
      finish(answer)
    }
    const refuse = (refusal: Refusal) => {
      if (!close()) return
      try {
        finish(answerRefused(node, request, refusal, progress))
      } catch (error) {
        reject(error instanceof Error ? error : new Error(String(error)))
      }
    }
    const timer = setTimeout(refuse, deadlineMs, tooLate)
    decideRequest(node, request, startedMs + deadlineMs, progress)
      .then((finding) => {
        // A process that was stopped for a while reads answers before its timers run: late is late all the same.
        if (performance.now() > startedMs + deadlineMs) refuse(tooLate)
        else if (finding.outcome === 'allowed') allow(answerAllowed(node, finding), finding.candidate)
        else refuse(finding)
      })
      .catch((error: unknown) => {
        // Whatever went wrong: deny.
        node.logError('A decision failed', error as Error)
        refuse(broken)
      })
  })
}

/** A decision is a span where the caller traces the request and its signature held: strangers make no spans. */
function traceDecision(
  tracing: Tracing,
  request: ReportedRequest,
  answer: VerificationAnswer,
  startedMs: number,
): void {
  const traceparent = request.headers.find(([name]) => name.toLowerCase() === 'traceparent')?.[1]
  if (!isSampled(traceparent)) return
  const { outcome, decisionId } = answer
  tracing.record({
    name: 'decision',
    startedMs,
    attributes: {
      'countersign.outcome': outcome === 'denied' ? answer.code : outcome,
      'countersign.decision_id': formatId('dec', decisionId),
    },
    traceparent,
    isFailure: outcome === 'denied' && answer.code === 'unavailable',
  })
}

const tooLate: Refusal = { outcome: 'refused', code: 'unavailable', detail: 'No decision could be made in time.' }
const broken: Refusal = { outcome: 'refused', code: 'unavailable', detail: 'No decision could be made.' }

/** The answer to a request on which the time ran out before anything could be decided. */
export function denyLate(node: VerificationNode, request: ReportedRequest): VerificationAnswer {
  return answerRefused(node, request, tooLate, {})
}

function answerAllowed(
  node: VerificationNode,
  { decisionId, candidate }: Extract<Finding, { outcome: 'allowed' }>,
): AllowedAnswer {
  const { credential, machine, service, gateway, content } = candidate
  // A library inside the service asked for itself: there is no next hop to tell.
  const assertion =
    gateway.profile === 'library'
      ? undefined
      : makeAssertion(node.dependencies, {
          decisionUuid: decisionId,
          serviceSlug: service.slug,
          method: credential.method,
          authority: credential.authority,
          target: credential.hasQuery ? credential.path + credential.query : credential.path,
          machine,
          credential,
          content,
          observed: false,
        })
  return {
    outcome: 'allowed',
    decisionId,
    machine,
    generation: credential.generation,
    observed: false,
    checked: { authority: credential.authority, content },
    assertion,
  }
}

/** A refusal is a denial, unless the service only observes: then it is recorded and let through. */
function answerRefused(
  node: VerificationNode,
  request: ReportedRequest,
  refusal: Refusal,
  progress: Progress,
): VerificationAnswer {
  const { service, gateway, machine, parsed, verified } = progress
  if (refusal.code === 'credential_forked' && !refusal.conflictingDecisionId && machine && verified) {
    reportFork(node, request, { machine, credential: verified }, refusal.detail ?? '', null)
  }
  const isObserved = refusal.isObserved === true && service !== undefined && gateway !== undefined
  const decisionId = newUuid()
  recordDenial(node, request, refusal, progress, decisionId, isObserved)
  if (isObserved) {
    const assertion = makeAssertion(node.dependencies, {
      decisionUuid: decisionId,
      serviceSlug: service.slug,
      method: request.method,
      authority: request.reportedAuthority ?? service.authorities[0]?.authority ?? service.slug,
      target: request.target,
      machine: verified ? (machine ?? null) : null,
      credential: verified,
      content: 'unchecked',
      observed: true,
    })
    return {
      outcome: 'allowed',
      decisionId,
      machine: verified ? (machine ?? null) : null,
      generation: verified?.generation ?? null,
      observed: true,
      checked: undefined,
      assertion: gateway.profile === 'library' ? undefined : assertion,
    }
  }
  const isAboutComponents = refusal.code === 'component_missing' || refusal.code === 'component_unexpected'
  return {
    outcome: 'denied',
    code: refusal.code,
    detail: refusal.detail,
    decisionId,
    ...(refusal.clockSkewSeconds !== undefined && { clockSkewSeconds: refusal.clockSkewSeconds }),
    ...(service && (isAboutComponents || (refusal.code === 'credential_missing' && parsed === undefined))
      ? { acceptSignature: formatAcceptSignature(service, request) }
      : {}),
  }
}
