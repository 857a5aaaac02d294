import { parseContentDigest, type HttpField, type ParsedContentDigest } from '@/lib/protocol'

/** The body of `POST /api/v1/verify`, as the contract's `verifyBody` describes it. */
export interface VerifyCall {
  readonly service: string
  readonly method: string
  readonly target: string
  readonly authority: string
  readonly headers: readonly HttpField[]
  readonly bodyDigest: ParsedContentDigest | undefined
  readonly sourceAddress: string | undefined
}

export type ParseVerifyCallResult =
  { readonly outcome: 'parsed'; readonly call: VerifyCall } | { readonly outcome: 'refused'; readonly detail: string }

const members = new Set(['service', 'method', 'target', 'authority', 'headers', 'bodyDigest', 'sourceAddress'])
const mostHeaders = 200
const methodPattern = /^[A-Za-z0-9!#$%&'*+.^_`|~-]{1,32}$/
const slugPattern = /^[a-z0-9-]{1,63}$/
const digestPattern = /^(?=.)(?:sha-256=:[A-Za-z0-9+/]{43}=:)?(?:(?:^|, )sha-512=:[A-Za-z0-9+/]{86}==:)?$/

/** A parser by hand, because a validation library would cost more than the decision; a property test holds both together. */
export function parseVerifyCall(body: Buffer): ParseVerifyCallResult {
  let value: unknown
  try {
    value = JSON.parse(body.toString('utf8'))
  } catch {
    return refuse('The body is not JSON.')
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return refuse('The body is not an object.')
  for (const name of Object.keys(value))
    if (!members.has(name)) return refuse('The body has a member that is not known.')
  const { service, method, target, authority, headers, bodyDigest, sourceAddress } = value as Record<string, unknown>
  if (typeof service !== 'string' || !slugPattern.test(service)) return refuse('service takes a service’s slug.')
  if (typeof method !== 'string' || !methodPattern.test(method)) return refuse('method takes a method.')
  if (!isText(target, 1, 16_384)) return refuse('target takes the raw request-target.')
  if (!isText(authority, 1, 1_024)) return refuse('authority takes the host that the request named.')
  if (!areHeaders(headers)) return refuse(`headers takes up to ${mostHeaders} pairs of name and value.`)
  if (sourceAddress !== undefined && !isText(sourceAddress, 0, 64)) return refuse('sourceAddress takes an address.')
  const digest = readDigest(bodyDigest)
  if (digest.outcome === 'refused') return digest
  return {
    outcome: 'parsed',
    call: {
      service,
      method,
      target,
      authority,
      headers,
      bodyDigest: digest.digest,
      sourceAddress: sourceAddress || undefined,
    },
  }
}

function isText(value: unknown, shortest: number, longest: number): value is string {
  return typeof value === 'string' && value.length >= shortest && value.length <= longest
}

function areHeaders(value: unknown): value is HttpField[] {
  return (
    Array.isArray(value) &&
    value.length <= mostHeaders &&
    value.every(
      (pair: unknown) =>
        Array.isArray(pair) && pair.length === 2 && isText(pair[0], 1, 256) && isText(pair[1], 0, 16_384),
    )
  )
}

function readDigest(
  value: unknown,
): { outcome: 'read'; digest: ParsedContentDigest | undefined } | { outcome: 'refused'; detail: string } {
  if (value === undefined) return { outcome: 'read', digest: undefined }
  if (typeof value !== 'string' || !digestPattern.test(value))
    return refuse('bodyDigest takes the form of Content-Digest.')
  const parsed = parseContentDigest(value)
  return parsed.outcome === 'parsed'
    ? { outcome: 'read', digest: parsed.digest }
    : refuse('bodyDigest is not in canonical base64.')
}

function refuse(detail: string): { outcome: 'refused'; detail: string } {
  return { outcome: 'refused', detail }
}
