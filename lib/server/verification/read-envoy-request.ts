import type { IncomingMessage } from 'node:http'
import type { HttpField } from '@/lib/protocol'
import { gatewayKeyField } from './gateway-profiles'
import { mayBeReplaced, readMergedFields } from './merged-fields'
import { mostHeaderLines, pairHeaders } from './pair-headers'
import type { UnreadableRequest } from './record-denial'
import type { GatewayProof, ReportedRequest } from './verification-types'
import type { BodyRule } from './verify-with-body'

/**
 * The path of the endpoint, and behind it the client's request-target as it is. `envoy-raw` is for gateways that hand on
 * header lines and bodies byte for byte; behind `envoy` they may be merged and replaced (see `readMergedFields`).
 */
const endpoint = /^\/api\/v1\/authz\/envoy(-raw)?\/([a-z0-9-]{1,63})($|[/?*][^]*$)/

/** Whether a gateway asks in Envoy's dialect: any path below it, also one that names no service. */
export function isEnvoyTarget(target: string): boolean {
  return /^\/api\/v1\/authz\/envoy(?:-raw)?(?:\/|$|\?)/.test(target)
}

export type ReadEnvoyRequest =
  | { readonly outcome: 'read'; readonly request: ReportedRequest; readonly body: BodyRule }
  | ({ readonly outcome: 'refused' } & UnreadableRequest)

/**
 * The client's request as Envoy's HTTP external authorization repeats it: method, Host and headers are the client's, its
 * request-target stands behind the endpoint's path, and its body follows when the gateway was told to send bodies.
 * Input: what the connection proved, and the deadline of the whole answer in milliseconds.
 */
export function readEnvoyRequest(
  req: IncomingMessage,
  shown: GatewayProof | undefined,
  deadlineMs: number,
): ReadEnvoyRequest {
  const [, raw, service = '', target = ''] = endpoint.exec(req.url ?? '') ?? []
  const refuse = (code: UnreadableRequest['code'], detail: string) =>
    ({ outcome: 'refused', service, code, detail }) as const
  if (service === '') {
    return refuse('service_unknown', 'The gateway asks at a path that is not /api/v1/authz/envoy/<service>.')
  }
  if (req.rawHeaders.length > 2 * mostHeaderLines) {
    return refuse('credential_malformed', `The request has more than ${mostHeaderLines} header lines.`)
  }
  const isRaw = raw !== undefined
  const lines = pairHeaders(req.rawHeaders)
  for (const name of [gatewayKeyField, 'host']) {
    if (countLines(lines, name) > 1) return refuse('credential_malformed', `The gateway sent ${name} twice.`)
  }
  if (!isRaw && mayBeReplaced(target)) {
    return refuse('credential_malformed', 'The gateway may have replaced bytes of the path: let it send raw headers.')
  }
  const fields = isRaw ? ({ outcome: 'read', headers: lines } as const) : readMergedFields(lines)
  if (fields.outcome === 'refused') return refuse('credential_malformed', fields.detail)
  const key = findLine(lines, gatewayKeyField)
  const request: ReportedRequest = {
    ...{ service, profile: 'envoy', target, headers: fields.headers },
    ...{ bodyDigest: undefined, hasContent: undefined },
    // What a connection proves counts alone, as for the other dialects.
    gateway: shown ?? (key === undefined ? { kind: 'none' } : { kind: 'key', key }),
    method: req.method ?? '',
    reportedAuthority: findLine(lines, 'host') || undefined,
    // The last entry is the one that the gateway saw itself; those before are what the client says.
    sourceAddress: findLine(lines, 'x-forwarded-for')?.split(',').at(-1)?.trim() || undefined,
  }
  // Bytes that may have been replaced on the way are as good as unseen.
  const canCheck = (body: Buffer) => isBodyWhole(lines) && (isRaw || !body.includes('!'))
  return { outcome: 'read', request, body: { deadlineMs, canCheck } }
}

export const partialBodyField = 'x-envoy-auth-partial-body'

/**
 * Whether Envoy says that the body it sends is the whole one. It says so only of bodies that it sends, and drops the
 * client's own line; a second one would mean that something in between does not.
 */
export function isBodyWhole(lines: readonly HttpField[]): boolean {
  return countLines(lines, partialBodyField) === 1 && findLine(lines, partialBodyField) === 'false'
}

function countLines(lines: readonly HttpField[], name: string): number {
  return lines.filter(([each]) => each.toLowerCase() === name).length
}

/** The value of the last line of a name. */
function findLine(lines: readonly HttpField[], name: string): string | undefined {
  return lines.findLast(([each]) => each.toLowerCase() === name)?.[1]
}
