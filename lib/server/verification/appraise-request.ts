import type { DecisionCode } from '@/lib/domain/error-code'
import { selectorMatches } from '@/lib/domain/label/selector-matches'
import {
  checkCredentialWindow,
  parseRequestCredential,
  verifyRequestCredential,
  type ParsedRequestCredential,
  type VerificationKey,
  type VerifiedRequestCredential,
} from '@/lib/protocol'
import { checkContent } from './check-content'
import { checkMachine } from './check-machine'
import { isReportedAuthorityKnown, matchAuthority } from './match-authority'
import { findService } from './service-directory'
import type {
  GatewayRecord,
  GenerationRecord,
  MachineRecord,
  ReportedRequest,
  ServiceRecord,
} from './verification-types'
import type { VerificationNode } from './verification-node'

/** A request that may pass on what the node has in memory; only the decision statement can make it an allow. */
export interface Candidate {
  readonly service: ServiceRecord
  readonly gateway: GatewayRecord
  readonly machine: MachineRecord
  readonly generation: GenerationRecord
  readonly credential: VerifiedRequestCredential
  readonly content: 'checked' | 'unchecked' | 'none'
}

export interface Refusal {
  readonly outcome: 'refused'
  readonly code: DecisionCode
  readonly detail?: string | undefined
  /** Advice for people, with the codes of the time window. */
  readonly clockSkewSeconds?: number
  /** UUID of the allow that spent the credential. */
  readonly conflictingDecisionId?: string
}

/** What a decision has found on its way; the record of a denial is made from it. */
export interface Progress {
  service?: ServiceRecord
  gateway?: GatewayRecord
  parsed?: ParsedRequestCredential
  machine?: MachineRecord
  /** Set once the signature held. */
  verified?: VerifiedRequestCredential
}

/** Something has to be read or derived first; after `fetch` the appraisal is done again, unless it brings a refusal. */
export interface Missing {
  readonly outcome: 'missing'
  readonly fetch: () => Promise<Refusal | undefined>
}

const refuse = (code: DecisionCode, detail?: string): Refusal => ({ outcome: 'refused', code, detail })

/**
 * Steps 1 to 7 of a decision, on what is in memory. Spends nothing and waits for nothing: nearly every request finds all
 * that it needs, and a promise at each step would cost as much as the step.
 */
export function appraiseRequest(
  node: VerificationNode,
  request: ReportedRequest,
  progress: Progress,
): ({ readonly outcome: 'candidate' } & Candidate) | Refusal | Missing {
  const snapshot = node.services.current()
  if (!snapshot) return { outcome: 'missing', fetch: () => node.services.reload().then(() => undefined) }
  const found = findService(snapshot, request.service, request.gateway, request.profile)
  if (found.service) progress.service = found.service
  if (found.outcome === 'refused') return refuse(found.code)
  const { service, gateway } = found
  progress.gateway = gateway

  const parsing = parseRequestCredential(request, service.credentialProfile)
  if (parsing.outcome === 'refused') return parsing
  const { credential: parsed } = parsing
  progress.parsed = parsed

  const lookup = node.machines.peek(parsed.machineId)
  if (!lookup) return { outcome: 'missing', fetch: () => fetchMachine(node, parsed.machineId) }
  if (lookup.outcome !== 'found') return refuse('machine_unknown')
  const { machine } = lookup
  progress.machine = machine

  const nowMs = node.dependencies.now().getTime()
  const window = checkCredentialWindow(parsed, nowMs / 1000)
  if (window.outcome === 'refused') return window

  const generation = machine.generations.get(parsed.generation)
  if (!generation) return refuse('generation_superseded', 'The machine has no such generation any more, or not yet.')
  const signature = checkSignature(node, request, { service, gateway, machine, generation, parsed })
  if (signature.outcome !== 'verified') return signature
  const { credential } = signature
  progress.verified = credential

  const content = checkContent(service, credential, request)
  if (content.outcome === 'refused') return refuse(content.code)
  const standing = checkMachine(machine, parsed.generation, parsed.nonce, nowMs)
  if (standing.outcome === 'refused') return standing
  if (!selectorMatches(service.machineSelector, machine.labels)) return refuse('policy_denied')
  return { outcome: 'candidate', service, gateway, machine, generation, credential, content: content.content }
}

async function fetchMachine(node: VerificationNode, machineId: string): Promise<Refusal | undefined> {
  const lookup = await node.machines.find(machineId)
  return lookup.outcome === 'unavailable'
    ? refuse('unavailable', 'The machine could not be looked up in time.')
    : undefined
}

interface SignatureInput {
  readonly service: ServiceRecord
  readonly gateway: GatewayRecord
  readonly machine: MachineRecord
  readonly generation: GenerationRecord
  readonly parsed: ParsedRequestCredential
}

type SignatureCheck =
  { readonly outcome: 'verified'; readonly credential: VerifiedRequestCredential } | Refusal | Missing

/** Algorithm, authority and MAC or signature. */
function checkSignature(node: VerificationNode, request: ReportedRequest, input: SignatureInput): SignatureCheck {
  const { service, gateway, machine, parsed } = input
  if (parsed.alg !== machine.requestAlgorithm) {
    return refuse('algorithm_not_allowed', `This machine signs its requests with ${machine.requestAlgorithm}.`)
  }
  const isAsymmetric = parsed.alg !== 'hmac-sha256'
  if (service.requireAsymmetric && !isAsymmetric) {
    return refuse('algorithm_not_allowed', 'This service demands an asymmetric signature.')
  }
  const match = matchAuthority(service, parsed.path, parsed.targetAuthority, request.reportedAuthority)
  if (match.outcome === 'refused') return refuse('authority_unknown', match.detail)
  if (isAsymmetric && node.failures.isSpent(machine.id, gateway.uuid)) {
    return refuse('rate_limited', 'Too many signatures of this machine failed through this gateway in the last second.')
  }
  const key = findKey(node, input)
  if (!key) return { outcome: 'missing', fetch: () => deriveKey(node, input) }
  const checked = verifyRequestCredential(parsed, { authority: match.authority, key })
  if (checked.outcome === 'verified') return checked
  if (isAsymmetric) node.failures.countFailure(machine.id, gateway.uuid)
  // A service known under another name than its clients use would look like forgery, and nobody could find out why.
  if (checked.code === 'signature_invalid' && !isReportedAuthorityKnown(service, request.reportedAuthority)) {
    return refuse(
      'authority_unknown',
      'The signature does not hold for the service’s host, and the request names another.',
    )
  }
  return checked
}

function findKey(node: VerificationNode, { generation, parsed }: SignatureInput): VerificationKey | undefined {
  if (parsed.alg !== 'hmac-sha256') return { alg: parsed.alg, key: generation.signingKey }
  const key = node.epochKeys.peek(generation.agreementThumbprint, parsed.created)
  return key && { alg: 'hmac-sha256', key }
}

async function deriveKey(
  node: VerificationNode,
  { machine, generation, parsed }: SignatureInput,
): Promise<Refusal | undefined> {
  const key = await node.epochKeys.derive(machine, generation, parsed.created)
  return key ? undefined : refuse('generation_superseded', 'The key that this generation was bound to is destroyed.')
}
