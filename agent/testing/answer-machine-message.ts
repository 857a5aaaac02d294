import {
  checkCredentialWindow,
  computeJwkThumbprint,
  deriveEpochKey,
  deriveSharedSecret,
  epochOf,
  parseMachineKeyid,
  parseMachineMessage,
  parseSigningPublicJwk,
  verifyAgreementProof,
  verifyMachineSignature,
  type EpochPurpose,
  type HttpField,
  type ParsedMachineSignature,
  type SigningPublicJwk,
} from '@/lib/protocol'
import { newId, type TestDeployment, type TestGeneration, type TestMachine } from './test-deployment'

export interface TestMessage {
  readonly method: string
  readonly path: string
  readonly headers: readonly HttpField[]
  readonly body: Buffer
  /** What the client called. */
  readonly authority: string
}

export class TestRefusal extends Error {
  constructor(
    readonly status: number,
    readonly code: string,
    detail = '',
  ) {
    super(detail)
  }
}

interface MessageBody {
  evidence: { joinTokenId: string }
  machineId: string
  signingKey: SigningPublicJwk
  agreementKey: unknown
  agreementProof: string
  name: string
  lastSeq: number
}

/** Enrolment, renewal and service list as docs/machine-messages.md says. */
export function answerMachineMessage(
  deployment: TestDeployment,
  message: TestMessage,
): { status: number; answer: string } {
  if (message.path === '/api/v1/enrollments') return enroll(deployment, message)
  const [, id, noun] = /^\/api\/v1\/machines\/([^/]+)\/(renewals|service-list)$/.exec(message.path) ?? []
  const machine = deployment.machines.get(id ?? '')
  if (machine === undefined) throw new TestRefusal(401, 'machine_unknown')
  return noun === 'renewals' ? renew(deployment, message, machine) : listServices(deployment, message, machine)
}

function enroll(deployment: TestDeployment, message: TestMessage): { status: number; answer: string } {
  const { machine: own, join } = read(deployment, message, {
    machine: 'countersign-enroll',
    join: 'countersign-enroll-join',
  })
  const body = JSON.parse(message.body.toString()) as MessageBody
  const token = deployment.joinTokens.get(body.evidence.joinTokenId)
  if (token === undefined) throw new TestRefusal(403, 'join_token_invalid')
  const generation = deployment.parseGeneration(body)
  verify(message, own, generation.signing.jwk)
  verify(message, join, token.jwk)
  const { thumbprint } = generation.signing
  const epochKey = epochKeyOf(deployment, body.machineId, 1, generation, own.created, 'enroll')
  const proof = verifyAgreementProof(body.agreementProof, {
    epochKey,
    machineId: body.machineId,
    signingThumbprint: thumbprint,
    agreementThumbprint: generation.agreement.thumbprint,
    created: own.created,
  })
  if (proof.outcome === 'refused') throw new TestRefusal(401, 'enrollment_signature_invalid', proof.detail)
  const known = [...deployment.machines.values()].find((one) => one.generations[0]?.signing.thumbprint === thumbprint)
  if (known !== undefined) {
    const isSame = known.id === body.machineId && known.name === body.name
    if (!isSame) throw new TestRefusal(409, 'conflict', 'These keys are enrolled already, with another message.')
    return { status: 200, answer: signMachineAnswer(deployment, known, 'enrollment', own.nonce) }
  }
  if (token.usesLeft < 1) throw new TestRefusal(403, 'join_token_used')
  token.usesLeft -= 1
  const machine: TestMachine = { id: body.machineId, name: body.name, state: 'active', generations: [generation] }
  deployment.machines.set(machine.id, machine)
  return { status: 201, answer: signMachineAnswer(deployment, machine, 'enrollment', own.nonce) }
}

function renew(
  deployment: TestDeployment,
  message: TestMessage,
  machine: TestMachine,
): { status: number; answer: string } {
  const { current, next } = read(deployment, message, { current: 'countersign-renew', next: 'countersign-renew-new' })
  const number = parseMachineKeyid(current.keyid)?.generation ?? 0
  const generation = machine.generations[number - 1]
  if (generation === undefined) throw new TestRefusal(409, 'generation_conflict')
  const body = JSON.parse(message.body.toString()) as MessageBody
  verify(message, current, generation.signing.jwk)
  verify(message, next, body.signingKey)
  assertMayRenew(machine)
  const following = machine.generations[number]
  if (following !== undefined) {
    const isSame =
      following.signing.thumbprint === computeJwkThumbprint(body.signingKey) &&
      machine.generations.length === number + 1
    if (!isSame) throw quarantine(machine)
    return { status: 200, answer: signMachineAnswer(deployment, machine, 'renewal', current.nonce) }
  }
  const usedAbove = [...generation.uses.keys()].some((key) => Number(key.slice(1)) > body.lastSeq)
  if (usedAbove) throw quarantine(machine)
  generation.supersededAtMs = deployment.nowMs()
  generation.lastSeq = body.lastSeq
  machine.generations.push(deployment.parseGeneration(body))
  return { status: 200, answer: signMachineAnswer(deployment, machine, 'renewal', current.nonce) }
}

function listServices(
  deployment: TestDeployment,
  message: TestMessage,
  machine: TestMachine,
): { status: number; answer: string } {
  const { machine: own } = read(deployment, message, { machine: 'countersign-services' })
  const generation = machine.generations[(parseMachineKeyid(own.keyid)?.generation ?? 0) - 1]
  if (generation === undefined) throw new TestRefusal(409, 'generation_conflict')
  verify(message, own, generation.signing.jwk)
  const answer = deployment.signJws('countersign-services+jwt', {
    iss: deployment.issuer,
    iat: Math.floor(deployment.nowMs() / 1_000),
    aud: generation.signing.thumbprint,
    nonce: own.nonce,
    serverTimeMs: deployment.nowMs(),
    services: deployment.services,
  })
  return { status: 200, answer }
}

function signMachineAnswer(deployment: TestDeployment, machine: TestMachine, type: string, nonce: string): string {
  const generation = machine.generations.at(-1) as TestGeneration
  return deployment.signJws(`countersign-${type}+jwt`, {
    iss: deployment.issuer,
    iat: Math.floor(deployment.nowMs() / 1_000),
    aud: generation.signing.thumbprint,
    nonce,
    serverTimeMs: deployment.nowMs(),
    trustDomain: deployment.trustDomain,
    machine: {
      id: machine.id,
      spiffeId: `spiffe://${deployment.trustDomain}/machine/${machine.id}`,
      name: machine.name,
      generation: machine.generations.length,
      labels: {},
      requestAlgorithm: 'hmac-sha256',
    },
    generatorKey: deployment.generatorJwk(),
    assertionKeys: [deployment.assertionJwk()],
    expiresAt: new Date(deployment.nowMs() + 86_400_000).toISOString(),
    renewAfterSeconds: deployment.renewAfterSeconds,
    services: deployment.services,
  })
}

/** The parameters of a fresh enrolment, as `GET /api/v1/enrollments/parameters` answers them. */
export function offerParameters(deployment: TestDeployment): object {
  const parameters = deployment.signJws('countersign-enrollment-parameters+jwt', {
    iss: deployment.issuer,
    iat: Math.floor(deployment.nowMs() / 1_000),
    trustDomain: deployment.trustDomain,
    machineId: newId('mach'),
    generatorKey: deployment.generatorJwk(),
  })
  return { parameters, assertionKey: deployment.assertionJwk() }
}

export function epochKeyOf<P extends EpochPurpose>(
  deployment: TestDeployment,
  machineId: string,
  number: number,
  generation: TestGeneration,
  created: number,
  purpose: P,
) {
  const agreed = deriveSharedSecret(deployment.generatorKey, generation.agreement.key)
  if (agreed.outcome === 'refused') throw new TestRefusal(400, 'request_malformed', agreed.detail)
  return deriveEpochKey({
    shared: agreed.shared,
    trustDomain: deployment.trustDomain,
    machineId,
    generation: number,
    epoch: epochOf(created),
    purpose,
    agreementThumbprint: generation.agreement.thumbprint,
    generatorThumbprint: deployment.generatorKid,
  })
}

function read<Label extends string>(deployment: TestDeployment, message: TestMessage, tags: Record<Label, string>) {
  const parsed = parseMachineMessage(message, tags)
  if (parsed.outcome === 'refused') throw new TestRefusal(400, 'request_malformed', parsed.detail)
  for (const signature of Object.values<ParsedMachineSignature>(parsed.signatures)) {
    const window = checkCredentialWindow(signature, deployment.nowMs() / 1_000)
    if (window.outcome === 'refused') throw new TestRefusal(401, window.code, window.detail)
  }
  return parsed.signatures
}

function verify(message: TestMessage, signature: ParsedMachineSignature, jwk: SigningPublicJwk): void {
  const key = parseSigningPublicJwk(jwk)
  if (key.outcome === 'refused') throw new TestRefusal(400, 'request_malformed', key.detail)
  const options = { authority: message.authority, key: { alg: 'ed25519', key: key.key } } as const
  const result = verifyMachineSignature(signature, options)
  if (result.outcome === 'refused') throw new TestRefusal(401, 'enrollment_signature_invalid', result.detail)
}

function assertMayRenew(machine: TestMachine): void {
  if (machine.state !== 'active') throw new TestRefusal(403, `machine_${machine.state}`)
}

function quarantine(machine: TestMachine): TestRefusal {
  machine.state = 'quarantined'
  return new TestRefusal(403, 'machine_quarantined', 'Two copies of this machine were seen.')
}
