import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Problem } from '@/lib/contract/problem'
import { formatId } from '@/lib/domain/ids'
import { announcesBody } from './announces-body'
import { toAllowedHeaders, toDeniedHeaders } from './answer-headers'
import { isServedProfile, readGatewayReport, sendsBody } from './gateway-profiles'
import { toProblem } from './http-problem'
import { listHeadersToRemove } from './list-headers-to-remove'
import { mostHeaderLines, pairHeaders } from './pair-headers'
import { readCertificateProof } from './read-certificate-proof'
import { isEnvoyTarget, readEnvoyRequest } from './read-envoy-request'
import { recordUnreadableRequest, type UnreadableRequest } from './record-denial'
import { verifyRequest } from './verify-request'
import { verifyWithBody, type BodyRule } from './verify-with-body'
import type { DeniedAnswer, GatewayProof, ReportedRequest } from './verification-types'
import type { VerificationNode } from './verification-node'

const authzPrefix = '/api/v1/authz/'

/** Whether whoever asks takes this for a gateway endpoint, also where the path after it, or its form, is wrong. */
export function isAuthzTarget(target: string): boolean {
  return target.startsWith(authzPrefix) || /^(?:https?:\/\/[^/?#]*)?\/api\/v1\/authz(?:[/?]|$)/i.test(target)
}

/**
 * `ANY /api/v1/authz/<profile>/<service>`: a gateway asks whether a request may pass. Answers 200, 401 or 403 and nothing
 * else, whatever comes (protocol.md, section 6).
 */
export async function handleAuthz(
  node: VerificationNode,
  req: IncomingMessage,
  res: ServerResponse,
  /** Which gateway asks, where the way in which the question came says it. */
  knownProof?: GatewayProof,
): Promise<void> {
  const { now, settings } = node.dependencies
  const shown = knownProof ?? readCertificateProof(req.socket, now().getTime())
  const read = isEnvoyTarget(req.url ?? '')
    ? readEnvoyRequest(req, shown, settings.envoyDeadlineMs)
    : readAuthzRequest(req, shown)
  if (read.outcome === 'refused') {
    const id = recordUnreadableRequest(node, read)
    endWithUnreadBody(req, res)
    return sendDenial(res, toProblem(read.code, { detail: read.detail, decisionId: formatId('dec', id) }))
  }
  const answer = await (read.body
    ? verifyWithBody(node, req, read.request, read.body)
    : verifyRequest(node, read.request))
  endWithUnreadBody(req, res)
  if (answer.outcome === 'denied') return sendDenial(res, toDenialProblem(answer), answer.acceptSignature)
  const headers = toAllowedHeaders(answer)
  if (read.request.profile === 'envoy') {
    headers['X-Envoy-Auth-Headers-To-Remove'] = listHeadersToRemove(read.request.headers, headers).join(',')
  }
  headers['Cache-Control'] = 'no-store'
  headers['Content-Length'] = '0'
  res.writeHead(200, headers)
  res.end()
}

/**
 * A gateway that announces the client's body and does not send it would have the start of its next request taken for
 * that body, and the client would have chosen how much of it: such a connection ends with its answer.
 */
function endWithUnreadBody(req: IncomingMessage, res: ServerResponse): void {
  if (!req.complete && announcesBody(req)) res.shouldKeepAlive = false
}

/** Whether a gateway sends the client's body with a question at this target, and may wait to be told to. */
export function takesBody(target: string): boolean {
  if (isEnvoyTarget(target)) return true
  const profile = target.startsWith(authzPrefix) ? target.slice(authzPrefix.length).split('/', 1)[0] : undefined
  return profile !== undefined && isServedProfile(profile) && sendsBody(profile)
}

type ReadAuthz =
  /** `body` where the gateway may send the client's along. */
  | { readonly outcome: 'read'; readonly request: ReportedRequest; readonly body: BodyRule | undefined }
  | ({ readonly outcome: 'refused' } & UnreadableRequest)

/** The gateway's report and the client's headers. The endpoint's own query is ignored: Caddy appends the client's to it. */
function readAuthzRequest(req: IncomingMessage, shown: GatewayProof | undefined): ReadAuthz {
  const url = req.url ?? ''
  const end = url.indexOf('?')
  const path = url.startsWith(authzPrefix) ? url.slice(authzPrefix.length, end < 0 ? undefined : end) : ''
  const [profile = '', service = '', ...rest] = path.split('/')
  if (!isServedProfile(profile) || service === '' || rest.length > 0) {
    const detail = 'The gateway asks at a path that is not /api/v1/authz/<profile>/<service>.'
    return { outcome: 'refused', service, code: 'service_unknown', detail }
  }
  if (req.rawHeaders.length > 2 * mostHeaderLines) {
    const detail = `The request has more than ${mostHeaderLines} header lines.`
    return { outcome: 'refused', service, code: 'credential_malformed', detail }
  }
  const headers = pairHeaders(req.rawHeaders)
  const report = readGatewayReport(profile, headers)
  if (report.outcome === 'refused') return { ...report, service, code: 'credential_malformed' }
  return {
    outcome: 'read',
    body: sendsBody(profile) ? {} : undefined,
    request: {
      service,
      profile,
      // What a connection proves counts alone: whoever speaks through that gateway could write a key into a header.
      gateway: shown ?? (report.gatewayKey === undefined ? { kind: 'none' } : { kind: 'key', key: report.gatewayKey }),
      method: report.method,
      target: report.target,
      headers,
      reportedAuthority: report.host,
      bodyDigest: undefined,
      hasContent: report.hasContent,
      sourceAddress: report.address,
    },
  }
}

export function toDenialProblem(answer: DeniedAnswer): Problem {
  return toProblem(answer.code, {
    decisionId: formatId('dec', answer.decisionId),
    ...(answer.detail !== undefined && { detail: answer.detail }),
    ...(answer.clockSkewSeconds !== undefined && { clockSkewSeconds: answer.clockSkewSeconds }),
  })
}

/** A denial in the only form that every gateway understands: 401 or 403, the document in the body and in one header line. */
export function sendDenial(res: ServerResponse, problem: Problem, acceptSignature?: string): void {
  const body = JSON.stringify(problem)
  const headers = toDeniedHeaders(problem, acceptSignature)
  headers['Content-Length'] = String(Buffer.byteLength(body))
  res.writeHead(problem.status, headers)
  res.end(body)
}
