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
import { AgentError, exitCodes, wrongUsage } from '../agent-error'
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
  readonly name: string | undefined
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
  const answer = await send(store, earlier ?? prepared, parameters, options).catch((error: unknown) => {
    // The parameters of the earlier try grow old within minutes. A refusal says that its keys are not enrolled, so all
    // but the keys may be replaced.
    if (earlier === null || !isRefusalOfParameters(error)) throw error
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

function isRefusalOfParameters(error: unknown): boolean {
  if (!(error instanceof AgentError) || error.exitCode !== exitCodes.refused) return false
  return !error.code.startsWith('join_token_') && error.code !== 'answer_not_trusted'
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
      ...(options.name === undefined ? {} : { name: options.name }),
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
  // The machine may have been made by the earlier try under the same keys; the id it was given there is in `pending`.
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
