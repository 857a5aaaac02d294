import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Problem } from '@/lib/contract/problem'
import { formatId } from '@/lib/domain/ids'
import { announcesBody } from './announces-body'
import { toAllowedHeaders, toDeniedHeaders } from './answer-headers'
import { isServedProfile, readGatewayReport } from './gateway-profiles'
import { toProblem } from './http-problem'
import { listHeadersToRemove } from './list-headers-to-remove'
import { mostHeaderLines, pairHeaders } from './pair-headers'
import { isEnvoyTarget, readEnvoyRequest } from './read-envoy-request'
import { recordUnreadableRequest, type UnreadableRequest } from './record-denial'
import { denyLate, verifyRequest } from './verify-request'
import type { DeniedAnswer, ReportedRequest } from './verification-types'
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
export async function handleAuthz(node: VerificationNode, req: IncomingMessage, res: ServerResponse): Promise<void> {
  const { envoyDeadlineMs } = node.dependencies.settings
  const read = isEnvoyTarget(req.url ?? '') ? await readEnvoyRequest(req, envoyDeadlineMs) : readAuthzRequest(req)
  if (read.outcome === 'refused') {
    const id = recordUnreadableRequest(node, read)
    endWithUnreadBody(req, res)
    return sendDenial(res, toProblem(read.code, { detail: read.detail, decisionId: formatId('dec', id) }))
  }
  const answer =
    read.outcome === 'late' ? denyLate(node, read.request) : await verifyRequest(node, read.request, read.restMs)
  endWithUnreadBody(req, res)
  if (answer.outcome === 'denied') return sendDenial(res, toDenialProblem(answer), answer.acceptSignature)
  const headers = toAllowedHeaders(answer)
  if (read.request.profile === 'envoy') {
    const set = new Set(Object.keys(headers).map((name) => name.toLowerCase()))
    headers['X-Envoy-Auth-Headers-To-Remove'] = listHeadersToRemove(read.request.headers, set).join(',')
  }
  res.writeHead(200, { 'Cache-Control': 'no-store', 'Content-Length': 0, ...headers })
  res.end()
}

/**
 * A gateway that announces the client's body and does not send it would have the start of its next request taken for
 * that body, and the client would have chosen how much of it: such a connection ends with its answer.
 */
function endWithUnreadBody(req: IncomingMessage, res: ServerResponse): void {
  if (!req.complete && announcesBody(req)) res.shouldKeepAlive = false
}

type ReadAuthz =
  /** Without `restMs` the decision has the node's whole deadline. */
  | { readonly outcome: 'read'; readonly request: ReportedRequest; readonly restMs?: undefined }
  | ({ readonly outcome: 'refused' } & UnreadableRequest)

/** The gateway's report and the client's headers. The endpoint's own query is ignored: Caddy appends the client's to it. */
function readAuthzRequest(req: IncomingMessage): ReadAuthz {
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
    request: {
      service,
      profile,
      gateway: report.gatewayKey === undefined ? { kind: 'none' } : { kind: 'key', key: report.gatewayKey },
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
  res.writeHead(problem.status, {
    'Content-Length': Buffer.byteLength(body),
    ...toDeniedHeaders(problem, acceptSignature),
  })
  res.end(body)
}
