import { computeJwkThumbprint } from '@/lib/protocol'
import { AgentError } from '../agent-error'
import { fetchEnrollmentParameters } from '../server/fetch-enrollment-parameters'
import { parseMachineAnswer, type MachineAnswer } from '../server/parse-answer-claims'
import { sendMachineMessage } from '../server/send-machine-message'
import { notBelieved } from '../server/verify-server-answer'
import type { MachineState } from '../store/machine-state'
import { exportSigningPublicJwk, importPrivateJwk } from '../store/private-keys'

/**
 * Sends the pending renewal of a machine and returns the verified answer. It can be sent as often as needed: the same
 * keys are answered the same way.
 *
 * @param nowSeconds the service's time as this process knows it, or undefined: then this machine's own clock is tried.
 *   When the service finds it wrong, the time of its signed enrolment parameters is taken: an old copy of them can be
 *   played again, one from the future cannot be made
 */
export async function requestRenewal(
  state: MachineState,
  nowSeconds: number | undefined,
  signal?: AbortSignal,
): Promise<MachineAnswer> {
  const pending = state.pendingRenewal
  if (pending === null) throw new Error('A renewal is sent only when its keys are on disk.')
  const nextKey = importPrivateJwk(pending.signingKey)
  const nextPublic = exportSigningPublicJwk(nextKey)
  const nextThumbprint = computeJwkThumbprint(nextPublic)
  const send = async (created: number): Promise<MachineAnswer> => {
    const claims = await sendMachineMessage({
      serverUrl: state.serverUrl,
      path: `/api/v1/machines/${state.machineId}/renewals`,
      purpose: 'the renewal',
      body: { signingKey: nextPublic, agreementKey: pending.agreementKey, lastSeq: state.lastSeq },
      signatures: [
        {
          label: 'current',
          tag: 'countersign-renew',
          keyid: `${state.machineId}.${state.generation}`,
          alg: 'ed25519',
          key: importPrivateJwk(state.signingKey),
        },
        { label: 'next', tag: 'countersign-renew-new', keyid: nextThumbprint, alg: 'ed25519', key: nextKey },
      ],
      created,
      answerTyp: 'countersign-renewal+jwt',
      audience: nextThumbprint,
      assertionKeys: state.assertionKeys,
      signal,
    })
    const answer = parseMachineAnswer(claims)
    if (answer.machine.id !== state.machineId || answer.machine.generation !== state.generation + 1) {
      throw notBelieved('it is about another machine or generation')
    }
    return answer
  }
  try {
    return await send(nowSeconds ?? Math.floor(Date.now() / 1_000))
  } catch (error) {
    // A wrong clock, or one that stood still while the machine slept.
    if (!(error instanceof AgentError) || !clockCodes.has(error.code)) throw error
    const trusted = state.assertionKeys.map((key) => key.kid)
    const parameters = await fetchEnrollmentParameters(state.serverUrl, trusted)
    return send(parameters.issuedAt)
  }
}

/** The codes with which a message signed by a wrong clock is refused. */
const clockCodes: ReadonlySet<string> = new Set(['credential_expired', 'credential_not_yet_valid'])
