import type { KeyObject } from 'node:crypto'
import {
  computeAgreementProof,
  computeJwkThumbprint,
  deriveEpochKey,
  deriveSharedSecret,
  epochOf,
  parseAgreementPublicJwk,
  type ParsedJoinToken,
} from '@/lib/protocol'
import { AgentError, exitCodes, refused, wrongUsage } from '../agent-error'
import { fetchEnrollmentParameters, type EnrollmentParameters } from '../server/fetch-enrollment-parameters'
import { parseMachineAnswer, type MachineAnswer } from '../server/parse-answer-claims'
import { sendMachineMessage } from '../server/send-machine-message'
import { notBelieved } from '../server/verify-server-answer'
import type { MachineState, PendingEnrollment } from '../store/machine-state'
import type { KeyStore } from '../store/open-key-store'
import {
  exportAgreementPublicJwk,
  exportPrivateJwk,
  exportSigningPublicJwk,
  generatePrivateKey,
  importPrivateJwk,
} from '../store/private-keys'

/** Moments of an enrolment; a test ends the process at each. */
export type EnrollmentStep = 'enrollment-keys-written' | 'enrollment-answered' | 'enrollment-committed'

export interface EnrollOptions {
  readonly serverUrl: string
  readonly isHttpAllowed: boolean
  /** The thumbprint of the server's key; undefined believes the key that the server shows. */
  readonly serverKey: string | undefined
  readonly joinToken: Pick<ParsedJoinToken, 'joinTokenId' | 'privateKey'>
  readonly name: string
  readonly reported: Readonly<Record<string, string>>
  readonly atStep?: ((step: EnrollmentStep) => void | Promise<void>) | undefined
}

/**
 * Enrols the machine of a state directory. The keys are on disk before the first message; a try that was cut off is
 * repeated with the same keys, which the service answers the same way.
 */
export async function enrollMachine(store: KeyStore, options: EnrollOptions): Promise<MachineState> {
  const earlier = await store.readPendingEnrollment()
  if (earlier !== null && earlier.serverUrl !== options.serverUrl) {
    throw wrongUsage(
      `An enrolment with ${earlier.serverUrl} was begun in ${store.directory} and not finished.`,
      'Finish it with that --server, or choose another --state directory.',
    )
  }
  const trusted = options.serverKey === undefined ? earlier?.assertionKeys.map((key) => key.kid) : [options.serverKey]
  const parameters = await fetchEnrollmentParameters(options.serverUrl, trusted)
  const prepared = preparePending(parameters, options, earlier)
  const answer = await send(store, earlier ?? prepared, parameters, options).catch(async (error: unknown) => {
    if (!isDefiniteRefusal(error)) throw error
    if (earlier === null) {
      // The one message that was sent made nothing: the next try needs none of it.
      await store.deletePendingEnrollment()
      throw error
    }
    if (error.code !== 'conflict') throw error
    if (earlier.joinTokenId !== options.joinToken.joinTokenId) throw conflictOfTokens(store.directory, error)
    // The parameters of the earlier try have grown old, and it made nothing: with the same token the same keys would
    // have had the same answer. All but the keys is replaced.
    return send(store, prepared, parameters, options)
  })
  await options.atStep?.('enrollment-answered')
  const { id, generation, name, spiffeId, requestAlgorithm } = answer.machine
  const { trustDomain, assertionKeys, expiresAt, renewAfterSeconds } = answer
  const { serverUrl, isHttpAllowed } = options
  const state: MachineState = {
    version: 1,
    ...{ serverUrl, isHttpAllowed, trustDomain, assertionKeys, expiresAt, renewAfterSeconds },
    ...{ machineId: id, generation, name, spiffeId, requestAlgorithm },
    signingKey: prepared.signingKey,
    lastSeq: 0,
    pendingRenewal: null,
  }
  await store.writeMachine(state)
  await options.atStep?.('enrollment-committed')
  await store.deletePendingEnrollment()
  return state
}

/** Whether the service itself said no; an answer that cannot be believed or understood says nothing. */
function isDefiniteRefusal(error: unknown): error is AgentError {
  if (!(error instanceof AgentError) || error.exitCode !== exitCodes.refused) return false
  return error.code !== 'answer_not_trusted' && error.code !== 'unexpected_answer'
}

function conflictOfTokens(directory: string, cause: AgentError): AgentError {
  return refused(
    cause.code,
    `An enrolment with another join token was begun in ${directory}, and may have been carried out.`,
    'Run it with that join token again; if it is lost, enrol into an empty state directory (--state).',
  )
}

/** What has to be on disk before the first message; the keys of an earlier try stay. */
function preparePending(
  parameters: EnrollmentParameters,
  options: EnrollOptions,
  earlier: PendingEnrollment | null,
): PendingEnrollment {
  return {
    version: 1,
    serverUrl: options.serverUrl,
    isHttpAllowed: options.isHttpAllowed,
    trustDomain: parameters.trustDomain,
    assertionKeys: [parameters.assertionKey],
    machineId: parameters.machineId,
    joinTokenId: options.joinToken.joinTokenId,
    name: earlier?.name ?? options.name,
    generatorKey: { ...parameters.generatorKey.jwk, kid: parameters.generatorKey.thumbprint },
    signingKey: earlier?.signingKey ?? exportPrivateJwk(generatePrivateKey('Ed25519')),
    agreementKey: earlier?.agreementKey ?? exportPrivateJwk(generatePrivateKey('X25519')),
  }
}

async function send(
  store: KeyStore,
  pending: PendingEnrollment,
  parameters: EnrollmentParameters,
  options: EnrollOptions,
): Promise<MachineAnswer> {
  await store.writePendingEnrollment(pending)
  await options.atStep?.('enrollment-keys-written')
  const signingKey = importPrivateJwk(pending.signingKey)
  const signingPublic = exportSigningPublicJwk(signingKey)
  const thumbprint = computeJwkThumbprint(signingPublic)
  const agreementKey = importPrivateJwk(pending.agreementKey)
  const agreementPublic = exportAgreementPublicJwk(agreementKey)
  const claims = await sendMachineMessage({
    serverUrl: options.serverUrl,
    path: '/api/v1/enrollments',
    purpose: 'the enrolment',
    body: {
      evidence: { type: 'join_token', joinTokenId: options.joinToken.joinTokenId },
      machineId: pending.machineId,
      generatorKid: pending.generatorKey.kid,
      signingKey: signingPublic,
      agreementKey: agreementPublic,
      agreementProof: proveAgreement(pending, agreementKey, thumbprint, parameters.issuedAt),
      // The name of the first try: the same message is answered the same way.
      name: pending.name,
      reported: options.reported,
    },
    signatures: [
      { label: 'machine', tag: 'countersign-enroll', keyid: thumbprint, alg: 'ed25519', key: signingKey },
      {
        label: 'join',
        tag: 'countersign-enroll-join',
        keyid: options.joinToken.joinTokenId,
        alg: 'ed25519',
        key: options.joinToken.privateKey,
      },
    ],
    created: parameters.issuedAt,
    answerTyp: 'countersign-enrollment+jwt',
    audience: thumbprint,
    assertionKeys: [parameters.assertionKey],
  })
  const answer = parseMachineAnswer(claims)
  if (answer.machine.id !== pending.machineId) throw notBelieved('it is about another machine')
  return answer
}

function proveAgreement(
  pending: PendingEnrollment,
  agreementKey: KeyObject,
  signingThumbprint: string,
  created: number,
): string {
  const { kty, crv, x } = pending.generatorKey
  const generatorKey = parseAgreementPublicJwk({ kty, crv, x })
  if (generatorKey.outcome === 'refused') throw notBelieved(generatorKey.detail)
  const agreement = deriveSharedSecret(agreementKey, generatorKey.key)
  if (agreement.outcome === 'refused') throw notBelieved(agreement.detail)
  const agreementThumbprint = computeJwkThumbprint(exportAgreementPublicJwk(agreementKey))
  const epochKey = deriveEpochKey({
    shared: agreement.shared,
    trustDomain: pending.trustDomain,
    machineId: pending.machineId,
    generation: 1,
    epoch: epochOf(created),
    purpose: 'enroll',
    agreementThumbprint,
    generatorThumbprint: generatorKey.thumbprint,
  })
  return computeAgreementProof({
    epochKey,
    machineId: pending.machineId,
    signingThumbprint,
    agreementThumbprint,
    created,
  })
}
