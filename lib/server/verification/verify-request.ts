import { formatAcceptSignature } from './format-accept-signature'
import { newUuid } from '../new-uuid'
import { reportFork } from './record-candidate'
import type { Progress, Refusal } from './appraise-request'
import { decideRequest, type Finding } from './decide-request'
import { makeAssertion } from './make-assertion'
import { recordDenial } from './record-denial'
import type { AllowedAnswer, ReportedRequest, VerificationAnswer } from './verification-types'
import type { VerificationNode } from './verification-node'

/**
 * May this request pass? Always answers, within the deadline (milliseconds): what is missing, broken or late is a denial.
 * An allow is on disk before this resolves; a denial is on its way there.
 */
export async function verifyRequest(
  node: VerificationNode,
  request: ReportedRequest,
  deadlineMs = node.deadlineMs,
): Promise<VerificationAnswer> {
  const progress: Progress = {}
  const finding = await withinDeadline(node, request, deadlineMs, progress)
  return finding.outcome === 'allowed' ? answerAllowed(node, finding) : answerRefused(node, request, finding, progress)
}

const tooLate: Refusal = { outcome: 'refused', code: 'unavailable', detail: 'No decision could be made in time.' }

/** The answer to a request on which the time ran out before anything could be decided. */
export function denyLate(node: VerificationNode, request: ReportedRequest): VerificationAnswer {
  return answerRefused(node, request, tooLate, {})
}

async function withinDeadline(
  node: VerificationNode,
  request: ReportedRequest,
  deadlineMs: number,
  progress: Progress,
): Promise<Finding> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<Refusal>((resolve) => {
    timer = setTimeout(() => resolve(tooLate), deadlineMs)
  })
  try {
    return await Promise.race([decideRequest(node, request, performance.now() + deadlineMs, progress), late])
  } catch (error) {
    // Whatever went wrong: deny.
    node.logError('A decision failed', error as Error)
    return { outcome: 'refused', code: 'unavailable', detail: 'No decision could be made.' }
  } finally {
    clearTimeout(timer)
  }
}

function answerAllowed(node: VerificationNode, finding: Extract<Finding, { outcome: 'allowed' }>): AllowedAnswer {
  const { credential, machine, service, gateway, decisionId } = finding
  // A library inside the service asked for itself: there is no next hop to tell.
  const assertion =
    gateway.profile === 'library'
      ? undefined
      : makeAssertion({
          ...assertionCommon(node),
          decisionUuid: decisionId,
          serviceSlug: service.slug,
          method: credential.method,
          authority: credential.authority,
          target: credential.hasQuery ? credential.path + credential.query : credential.path,
          machine,
          credential,
          content: finding.content,
          observed: false,
        })
  return { outcome: 'allowed', decisionId, machine, generation: credential.generation, observed: false, assertion }
}

function assertionCommon(node: VerificationNode) {
  const { keys, settings, deployment, now } = node.dependencies
  return {
    key: keys.assertion(),
    issuer: settings.publicUrl,
    trustDomain: deployment.trustDomain,
    nowSeconds: Math.floor(now().getTime() / 1000),
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
    const assertion = makeAssertion({
      ...assertionCommon(node),
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
