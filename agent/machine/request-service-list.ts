import { computeJwkThumbprint } from '@/lib/protocol'
import { parseServices, type ServiceEntry } from '../server/parse-answer-claims'
import { sendMachineMessage } from '../server/send-machine-message'
import type { MachineState } from '../store/machine-state'
import { exportSigningPublicJwk, importPrivateJwk } from '../store/private-keys'

/** Fetches the services, their authorities and covered fields anew. */
export async function requestServiceList(state: MachineState, nowSeconds: number): Promise<ServiceEntry[]> {
  const key = importPrivateJwk(state.signingKey)
  const claims = await sendMachineMessage({
    serverUrl: state.serverUrl,
    path: `/api/v1/machines/${state.machineId}/service-list`,
    purpose: 'the service list',
    body: {},
    signatures: [
      {
        label: 'machine',
        tag: 'countersign-services',
        keyid: `${state.machineId}.${state.generation}`,
        alg: 'ed25519',
        key,
      },
    ],
    created: nowSeconds,
    answerTyp: 'countersign-services+jwt',
    audience: computeJwkThumbprint(exportSigningPublicJwk(key)),
    assertionKeys: state.assertionKeys,
  })
  return parseServices(claims['services'])
}
