import { computeBodyDigests, type HttpField } from '@/lib/protocol'
import { gatewayKeyField } from '../verification/gateway-profiles'
import { mayBeReplaced, readMergedFields } from '../verification/merged-fields'
import { mostHeaderLines } from '../verification/pair-headers'
import { isBodyWhole } from '../verification/read-envoy-request'
import type { UnreadableRequest } from '../verification/record-denial'
import type { ReportedRequest } from '../verification/verification-types'
import { decodeCheckRequest, type CheckRequest } from './decode-check-request'

/** Names the service that is asked about. */
export const serviceField = 'countersign-service'

export type ReadCheck =
  | { readonly outcome: 'read'; readonly request: ReportedRequest }
  | ({ readonly outcome: 'refused' } & UnreadableRequest)

/**
 * The client's request as a gRPC check repeats it. Service and gateway key are the gateway's own words and stand, each
 * once, in `context_extensions` or in the call's metadata; `metadata` gives the values of a metadata field.
 */
export function readCheck(message: Buffer, metadata: (name: string) => readonly string[]): ReadCheck {
  const check = decodeCheckRequest(message)
  if (!check)
    return { outcome: 'refused', service: '', code: 'credential_malformed', detail: 'This is no CheckRequest.' }
  const [service = '', ...otherServices] = sayings(check, metadata, serviceField)
  const [key, ...otherKeys] = sayings(check, metadata, gatewayKeyField)
  const refuse = (code: UnreadableRequest['code'], detail: string) =>
    ({ outcome: 'refused', service, code, detail }) as const
  if (service === '') return refuse('service_unknown', `The gateway does not send ${serviceField}.`)
  if (otherServices.length > 0) return refuse('credential_malformed', `The gateway sent ${serviceField} twice.`)
  if (otherKeys.length > 0) return refuse('credential_malformed', `The gateway sent ${gatewayKeyField} twice.`)

  const lines = check.rawHeaders ?? check.mergedHeaders
  if (lines.length > mostHeaderLines) {
    return refuse('credential_malformed', `The request has more than ${mostHeaderLines} header lines.`)
  }
  const head = readHead(check, lines)
  if (head.outcome === 'refused') return refuse('credential_malformed', head.detail)
  const own = lines.filter(([name]) => !name.startsWith(':'))
  const fields = check.rawHeaders ? ({ outcome: 'read', headers: own } as const) : readMergedFields(own)
  if (fields.outcome === 'refused') return refuse('credential_malformed', fields.detail)
  return {
    outcome: 'read',
    request: {
      ...{ service, profile: 'envoy', method: head.method, target: head.path, headers: fields.headers },
      gateway: key === undefined ? { kind: 'none' } : { kind: 'key', key },
      reportedAuthority: head.host || undefined,
      ...readContent(check, own),
      sourceAddress: check.sourceAddress || undefined,
    },
  }
}

function sayings(check: CheckRequest, metadata: (name: string) => readonly string[], name: string): string[] {
  const extension = check.contextExtensions.get(name)
  return [...(extension === undefined ? [] : [extension]), ...metadata(name)]
}

type ReadHead =
  | { readonly outcome: 'read'; readonly method: string; readonly path: string; readonly host: string }
  | { readonly outcome: 'refused'; readonly detail: string }

/**
 * Method, request-target and host. Their own fields hold `!` for bytes that are no UTF-8; the pseudo-headers among raw
 * header lines hold the bytes, and are what counts where they came.
 */
function readHead(check: CheckRequest, lines: readonly HttpField[]): ReadHead {
  const pick = (name: string, text: string): string | undefined => {
    const [line, ...others] = lines.filter(([each]) => each === name)
    if (others.length > 0) return undefined
    if (line && check.rawHeaders) return line[1]
    return mayBeReplaced(text) ? undefined : text
  }
  const [method, path, host] = [
    pick(':method', check.method),
    pick(':path', check.path),
    pick(':authority', check.host),
  ]
  if (method !== undefined && path !== undefined && host !== undefined) return { outcome: 'read', method, path, host }
  return { outcome: 'refused', detail: 'The gateway may have replaced bytes of the request: let it send raw headers.' }
}

/** Only `raw_body` holds the bytes themselves, and only Envoy's own line says that it holds all of them. */
function readContent(
  { rawBody, hasTextBody }: CheckRequest,
  lines: readonly HttpField[],
): Pick<ReportedRequest, 'bodyDigest' | 'hasContent'> {
  if (rawBody.length === 0) return { bodyDigest: undefined, hasContent: hasTextBody || undefined }
  return { bodyDigest: isBodyWhole(lines) ? computeBodyDigests(rawBody) : undefined, hasContent: true }
}
