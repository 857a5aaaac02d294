import type { ReportedRequest, ServiceRecord } from './verification-types'

const derived = ['@method', '@authority', '@path', '@query']
const withoutContent = new Set(['GET', 'HEAD', 'OPTIONS'])

/**
 * RFC 9421, section 5.1: what a credential for this request has to cover, so that an agent whose list is old learns it.
 * Names only; the request's values are nobody's business here.
 */
export function formatAcceptSignature(service: ServiceRecord, request: ReportedRequest): string {
  const present = new Set(request.headers.map(([name]) => name.toLowerCase()))
  const fields = [...service.credentialProfile.coveredFields, 'content-type', 'content-encoding'].filter((name) =>
    present.has(name),
  )
  const needsDigest = !withoutContent.has(request.method) || present.has('content-digest')
  const components = [...new Set([...derived, ...fields, ...(needsDigest ? ['content-digest'] : [])])]
  return `cs=(${components.map((name) => `"${name}"`).join(' ')});created;expires;nonce;keyid;alg;tag="countersign"`
}
