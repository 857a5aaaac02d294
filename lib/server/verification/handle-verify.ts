import type { IncomingMessage, ServerResponse } from 'node:http'
import { formatId } from '@/lib/domain/ids'
import type { ErrorCode } from '@/lib/domain/error-code'
import { newUuid } from '../new-uuid'
import { sendDenial, toDenialProblem } from './handle-authz'
import { toProblem } from './http-problem'
import { formatVerifyAnswer } from './format-verify-answer'
import { identifyGateway, type GatewayCall } from './identify-gateway'
import { parseVerifyCall, type VerifyCall } from './parse-verify-call'
import type { GatewayProof, ReportedRequest, VerificationAnswer } from './verification-types'
import type { VerificationNode } from './verification-node'
import { denyLate, verifyRequest } from './verify-request'
import { restOf, withinTime } from './within-time'

export const verifyPath = '/api/v1/verify'

/**
 * `POST /api/v1/verify`: a service's own code, or a gate, asks whether a request may pass. 200 is an allow; anything else
 * a denial, or says that the call itself is wrong (400, 405, 413).
 * Input: the body, already bounded; `authorities` under which this server is called.
 */
export async function handleVerify(
  node: VerificationNode,
  req: IncomingMessage,
  res: ServerResponse,
  body: Buffer,
  authorities: readonly string[],
  /** Who asks, where the way in which the call came says it. */
  knownProof?: GatewayProof,
): Promise<void> {
  if (req.method !== 'POST') return sendCallError(res, 'method_not_allowed', 'This path takes POST.')
  const parsed = parseVerifyCall(body)
  if (parsed.outcome === 'refused') return sendCallError(res, 'request_malformed', parsed.detail)
  const call: GatewayCall = { path: req.url ?? '', rawHeaders: req.rawHeaders, body, authorities }
  const proof = knownProof ?? identifyGateway(node, call)
  const answer =
    proof instanceof Promise
      ? await verifyWithin(node, parsed.call, proof)
      : await verifyRequest(node, toReportedRequest(parsed.call, proof))
  if (answer.outcome === 'denied') return sendDenial(res, toDenialProblem(answer), answer.acceptSignature)
  const text = formatVerifyAnswer(answer)
  res.writeHead(200, {
    'Cache-Control': 'no-store',
    'Content-Type': 'application/json',
    'Content-Length': Buffer.byteLength(text),
  })
  res.end(text)
}

/** Who asks may have to be read from the database too, and the one deadline holds for both. */
async function verifyWithin(
  node: VerificationNode,
  call: VerifyCall,
  identifying: Promise<GatewayProof>,
): Promise<VerificationAnswer> {
  const startedMs = performance.now()
  const gateway = await withinTime(identifying, node.deadlineMs).catch((error: unknown) => {
    node.logError('A gateway could not be identified', error as Error)
    return undefined
  })
  return gateway
    ? verifyRequest(node, toReportedRequest(call, gateway), restOf(node.deadlineMs, startedMs))
    : denyLate(node, toReportedRequest(call, noGateway))
}

const noGateway: GatewayProof = { kind: 'none' }

export function sendCallError(res: ServerResponse, code: ErrorCode, detail: string): void {
  const problem = toProblem(code, { detail, requestId: formatId('req', newUuid()) })
  const text = JSON.stringify(problem)
  res.writeHead(problem.status, {
    'Cache-Control': 'no-store',
    'Content-Type': 'application/problem+json',
    'Content-Length': Buffer.byteLength(text),
    ...(code === 'method_not_allowed' && { Allow: 'POST' }),
    ...(problem.status === 503 && { 'Retry-After': '1' }),
  })
  res.end(text)
}

function toReportedRequest(call: VerifyCall, gateway: GatewayProof): ReportedRequest {
  return {
    service: call.service,
    profile: null,
    gateway,
    method: call.method,
    target: call.target,
    headers: call.headers,
    reportedAuthority: call.authority,
    bodyDigest: call.bodyDigest,
    // Whoever sends a digest saw the body; that of nothing is a body of no bytes.
    hasContent: call.bodyDigest === undefined ? undefined : !isDigestOfNothing(call.bodyDigest),
    sourceAddress: call.sourceAddress,
  }
}

const digestOfNothing = {
  sha256: '47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=',
  sha512: 'z4PhNX7vuL3xVChQ1m2AB9Yg5AULVxXcg/SpIdNs6c5H0NE8XYXysP+DGNKHfuwvY7kxvUdBeoGlODJ6+SfaPg==',
} as const

function isDigestOfNothing(digest: NonNullable<VerifyCall['bodyDigest']>): boolean {
  return (
    (digest.sha256 === undefined || digest.sha256.toString('base64') === digestOfNothing.sha256) &&
    (digest.sha512 === undefined || digest.sha512.toString('base64') === digestOfNothing.sha512)
  )
}
