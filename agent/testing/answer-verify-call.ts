import {
  checkCredentialWindow,
  checkContentDigest,
  computeContentDigest,
  parseAuthority,
  parseContentDigest,
  parseMachineKeyid,
  parseMachineMessage,
  parseRequestCredential,
  verifyMachineSignature,
  verifyRequestCredential,
  type HttpField,
} from '@/lib/protocol'
import { findService } from '../machine/find-service'
import { epochKeyOf, TestRefusal, type TestMessage } from './answer-machine-message'
import { newId, type TestDeployment } from './test-deployment'

const DIGEST_OF_NOTHING = computeContentDigest(new Uint8Array(0))

interface VerifyCall {
  service: string
  method: string
  target: string
  authority: string
  headers: HttpField[]
  bodyDigest?: string
}

/** `POST /api/v1/verify`: the decisions of protocol section 5, without policy. */
export function answerVerifyCall(deployment: TestDeployment, message: TestMessage): object {
  assertGateway(deployment, message)
  const call = JSON.parse(message.body.toString()) as VerifyCall
  const service = deployment.services.find((entry) => entry.service === call.service)
  if (service === undefined) throw new TestRefusal(403, 'service_unknown')
  const profile = { coveredFields: service.coveredFields, allowEncodedSlash: false, allowPlainNonce: false }
  const parsed = parseRequestCredential(call, profile)
  if (parsed.outcome === 'refused') throw new TestRefusal(401, parsed.code, parsed.detail)
  const { credential } = parsed
  const window = checkCredentialWindow(credential, deployment.nowMs() / 1_000)
  if (window.outcome === 'refused') throw new TestRefusal(401, window.code, window.detail)
  const machine = deployment.machines.get(credential.machineId)
  const generation = machine?.generations[credential.generation - 1]
  if (machine === undefined || generation === undefined) throw new TestRefusal(401, 'machine_unknown')
  const key = epochKeyOf(deployment, machine.id, credential.generation, generation, credential.created, 'request')
  const authority = parseAuthority(call.authority, 'http')
  const host = authority.outcome === 'parsed' ? authority.authority : ''
  if (findService([service], host, credential.path) === undefined) throw new TestRefusal(403, 'authority_unknown')
  const verified = verifyRequestCredential(credential, { authority: host, key: { alg: 'hmac-sha256', key } })
  if (verified.outcome === 'refused') throw new TestRefusal(401, verified.code, verified.detail)
  const content = checkBody(call, credential.contentDigest)
  if (machine.state !== 'active') throw new TestRefusal(403, `machine_${machine.state}`)
  const { supersededAtMs } = generation
  if (supersededAtMs !== null && deployment.nowMs() - supersededAtMs > 120_000) {
    throw new TestRefusal(401, 'generation_superseded')
  }
  if (generation.uses.has(credential.useKey)) throw new TestRefusal(401, 'credential_replayed')
  const decisionId = newId('dec')
  generation.uses.set(credential.useKey, decisionId)
  const iat = Math.floor(deployment.nowMs() / 1_000)
  const spiffeId = `spiffe://${deployment.trustDomain}/machine/${machine.id}`
  const assertion = deployment.signJws('countersign-assertion+jwt', {
    iss: deployment.issuer,
    aud: service.service,
    sub: spiffeId,
    gen: credential.generation,
    jti: decisionId,
    iat,
    exp: iat + 10,
    htm: credential.method,
    authority: host,
    target: `${credential.path}${credential.hasQuery ? credential.query : ''}`,
    content,
    ...(content === 'checked' ? { digest: call.bodyDigest?.split(',')[0] } : {}),
  })
  const { id, name } = machine
  return { decisionId, machine: { id, spiffeId, name, generation: credential.generation, labels: {} }, assertion }
}

function checkBody(
  call: VerifyCall,
  claimed: Parameters<typeof checkContentDigest>[0] | undefined,
): 'checked' | 'unchecked' | 'none' {
  if (call.bodyDigest === undefined) return claimed === undefined ? 'none' : 'unchecked'
  const seen = parseContentDigest(call.bodyDigest)
  if (seen.outcome === 'refused') throw new TestRefusal(400, 'request_malformed')
  if (claimed === undefined) {
    if (!call.bodyDigest.startsWith(DIGEST_OF_NOTHING)) throw new TestRefusal(401, 'body_unexpected')
    return 'none'
  }
  if (checkContentDigest(claimed, seen.digest).outcome === 'refused') throw new TestRefusal(401, 'digest_mismatch')
  return 'checked'
}

function assertGateway(deployment: TestDeployment, message: TestMessage): void {
  const keys = message.headers.filter(([name]) => name.toLowerCase() === 'countersign-gateway-key')
  const [key] = keys
  if (key !== undefined && keys.length === 1 && deployment.gatewayKeys.has(key[1])) return
  const parsed = parseMachineMessage(message, { gateway: 'countersign-gateway' })
  if (parsed.outcome === 'refused') throw new TestRefusal(403, 'gateway_unknown', parsed.detail)
  const { gateway } = parsed.signatures
  const named = parseMachineKeyid(gateway.keyid)
  const machine = deployment.machines.get(named?.machineId ?? '')
  const generation = machine?.generations[(named?.generation ?? 0) - 1]
  if (machine === undefined || named === undefined || generation === undefined)
    throw new TestRefusal(403, 'gateway_unknown')
  const epochKey = epochKeyOf(deployment, machine.id, named.generation, generation, gateway.created, 'request')
  const result = verifyMachineSignature(gateway, {
    authority: message.authority,
    key: { alg: 'hmac-sha256', key: epochKey },
  })
  if (result.outcome === 'refused') throw new TestRefusal(403, 'gateway_unknown', result.detail)
}
