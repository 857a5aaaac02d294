import {
  checkCredentialWindow,
  parseMachineKeyid,
  parseMachineMessage,
  verifyMachineSignature,
  type HttpField,
  type VerificationKey,
} from '@/lib/protocol'
import { checkMachine } from './check-machine'
import { gatewayKeyField } from './gateway-profiles'
import type { MachineLookup } from './machine-directory'
import { pairHeaders } from './pair-headers'
import type { GatewayProof, MachineRecord } from './verification-types'
import type { VerificationNode } from './verification-node'

const tag = 'countersign-gateway'

/** A call of `/verify`, as it came. */
export interface GatewayCall {
  readonly path: string
  /** Names and values in turn. */
  readonly rawHeaders: readonly string[]
  readonly body: Buffer
  /** Under which this server is called. */
  readonly authorities: readonly string[]
}

/**
 * How the caller of `/verify` shows which gateway it is: a gateway key, or a message signed by an enrolled machine
 * (docs/machine-messages.md). The signature authorizes the caller only and spends nothing; the credential inside is spent.
 * `none` when there is no valid proof, which the decision answers as `gateway_unknown`. With a key nothing is waited for.
 */
export function identifyGateway(node: VerificationNode, call: GatewayCall): GatewayProof | Promise<GatewayProof> {
  let key: string | undefined
  let isMessage = false
  for (let at = 0; at + 1 < call.rawHeaders.length; at += 2) {
    const name = call.rawHeaders[at]?.toLowerCase()
    if (name === 'signature-input') isMessage = true
    if (name !== gatewayKeyField) continue
    if (key !== undefined) return noProof
    key = call.rawHeaders[at + 1] ?? ''
  }
  if (key !== undefined) return { kind: 'key', key }
  return isMessage ? identifyMachine(node, call) : noProof
}

const noProof: GatewayProof = { kind: 'none' }

async function identifyMachine(node: VerificationNode, call: GatewayCall): Promise<GatewayProof> {
  const machineUuid = await verifyGatewayMessage(node, { ...call, headers: pairHeaders(call.rawHeaders) })
  return machineUuid === null ? noProof : { kind: 'machine', machineUuid }
}

async function verifyGatewayMessage(
  node: VerificationNode,
  call: { path: string; headers: readonly HttpField[]; body: Buffer; authorities: readonly string[] },
): Promise<string | null> {
  const message = parseMachineMessage({ method: 'POST', ...call }, { gateway: tag })
  if (message.outcome === 'refused') return null
  const signature = message.signatures.gateway
  const keyid = parseMachineKeyid(signature.keyid)
  if (!keyid) return null
  const nowMs = node.dependencies.now().getTime()
  if (checkCredentialWindow(signature, nowMs / 1000).outcome === 'refused') return null

  const machine = await findStandingMachine(node, keyid, signature.nonce)
  const generation = machine?.generations.get(keyid.generation)
  if (!machine || !generation) return null

  let key: VerificationKey | null
  if (signature.alg === 'hmac-sha256') {
    const epochKey =
      node.epochKeys.peek(generation.agreementThumbprint, signature.created) ??
      (await node.epochKeys.derive(machine, generation, signature.created))
    key = epochKey && { alg: 'hmac-sha256', key: epochKey }
  } else {
    key = { alg: signature.alg, key: generation.signingKey }
  }
  if (!key) return null
  const holds = call.authorities.some(
    (authority) => verifyMachineSignature(signature, { authority, key }).outcome === 'verified',
  )
  return holds ? machine.uuid : null
}

/**
 * The machine of the message, if it may act now with this generation. What the node has in memory may be older than a
 * renewal or a reinstatement, so a refusal is looked at once more.
 */
async function findStandingMachine(
  node: VerificationNode,
  keyid: { readonly machineId: string; readonly generation: number },
  messageNonce: string,
): Promise<MachineRecord | null> {
  const nowMs = node.dependencies.now().getTime()
  // The nonce of a machine message is no sequence: nothing about forks can be read from it.
  const nonce = { kind: 'plain', value: messageNonce } as const
  const stands = (lookup: MachineLookup) =>
    lookup.outcome === 'found' && checkMachine(lookup.machine, keyid.generation, nonce, nowMs).outcome === 'may'
      ? lookup.machine
      : null
  const known = node.machines.peek(keyid.machineId)
  const standing = stands(known ?? (await node.machines.find(keyid.machineId)))
  if (standing || known?.outcome !== 'found') return standing
  return stands(await node.machines.refresh(keyid.machineId, false))
}
