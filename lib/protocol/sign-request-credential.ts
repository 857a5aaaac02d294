import { hash } from 'node:crypto'
import { checkContentDigest } from './check-content-digest'
import { readCoveredField } from './check-covered-components'
import { checkMethod } from './check-method'
import { collectFields, type FieldLines } from './collect-fields'
import { compileCoverage, isBodilessMethod } from './compile-coverage'
import { computeBodyDigests, formatContentDigest } from './compute-content-digest'
import { parseMachineKeyid } from './machine-keyid'
import { makeSignatureBase } from './make-signature-base'
import { parseAuthority } from './parse-authority'
import { parseContentDigest } from './parse-content-digest'
import { parseNonce } from './parse-nonce'
import { parseRequestTarget } from './parse-request-target'
import { serializeParameters } from './serialize-parameters'
import { signSignatureBase } from './sign-signature-base'
import type { HttpField, RefusedWithDetail, Scheme, SigningKeyForRequests } from './types'

export type SignRequestCredentialInput = {
  readonly method: string
  /** The raw request-target as it will be sent. */
  readonly target: string
  /** Host, and port unless it is the scheme's own. */
  readonly authority: string
  /** Default `https`. */
  readonly scheme?: Scheme
  /** Every field that will be sent, with every line. */
  readonly headers: readonly HttpField[]
  /** The content; without it and without `bodyDigest` the content is empty. */
  readonly body?: Uint8Array
  /** SHA-256 of the content, 32 bytes, where the content itself is not at hand. */
  readonly bodyDigest?: Uint8Array
  /** Of the service, lower case; remembered by identity, so never change one in place. */
  readonly coveredFields: readonly string[]
  /** Seconds since 1970. */
  readonly created: number
  /** Seconds since 1970, 1 to 60 after `created`. */
  readonly expires: number
  /** From `formatSequenceNonce`. */
  readonly nonce: string
  /** From `formatMachineKeyid`. */
  readonly keyid: string
  readonly key: SigningKeyForRequests
}

export type SignRequestCredentialResult =
  { readonly outcome: 'signed'; readonly headers: HttpField[] } | RefusedWithDetail

const DERIVED = ['@method', '@authority', '@path', '@query']

/**
 * Makes the credential of one request (protocol section 4), in the shape that the verifier's fast path reads.
 *
 * @returns the fields to add: `Content-Digest` where the request lacks one that it needs, `Signature-Input`,
 *   `Signature`; or a refusal of a request that no verifier would take
 * @throws TypeError when the key is not one of its algorithm
 */
export function signRequestCredential(input: SignRequestCredentialInput): SignRequestCredentialResult {
  const fields = collectFields(input.headers)
  if (fields === undefined) return refused('A field name is not printable ASCII.')
  if (fields.has('signature') || fields.has('signature-input')) return refused('The request is signed already.')
  const problem = checkMethod(input.method, fields) ?? checkParameters(input)
  if (problem !== undefined) return refused(problem.detail)
  const authority = parseAuthority(input.authority, input.scheme)
  if (authority.outcome === 'refused') return authority
  // Whether the service allows an encoded slash is for its verifier to say.
  const target = parseRequestTarget(input.target, { allowEncodedSlash: true })
  if (target.outcome === 'refused') return refused(target.detail)
  if (target.authority !== undefined && target.authority !== authority.authority) {
    return refused('The request-target names another authority.')
  }
  const digest = settleContentDigest(input, fields)
  if (digest.outcome === 'refused') return digest
  const allFields = digest.added === undefined ? fields : new Map([...fields, ['content-digest', [digest.added]]])
  const components = new Map([
    ['@method', input.method],
    ['@path', target.path],
    ['@query', target.query],
  ])
  const names = [...DERIVED]
  for (const name of compileCoverage(input.coveredFields).names.filter((covered) => allFields.has(covered))) {
    const field = readCoveredField(name, allFields)
    if (field.outcome === 'refused') return refused(field.detail)
    components.set(name, field.value)
    names.push(name)
  }
  const paramsText = serializeParameters(names, { ...input, alg: input.key.alg, tag: 'countersign' })
  const base = makeSignatureBase(names, components, paramsText)(authority.authority)
  const signature = signSignatureBase(base, input.key).toString('base64')
  const headers: HttpField[] = digest.added === undefined ? [] : [['Content-Digest', digest.added]]
  headers.push(['Signature-Input', `cs=${paramsText}`], ['Signature', `cs=:${signature}:`])
  return { outcome: 'signed', headers }
}

function checkParameters(input: SignRequestCredentialInput): RefusedWithDetail | undefined {
  const { created, expires } = input
  if (parseMachineKeyid(input.keyid) === undefined) return refused('keyid is not a machine id and a generation.')
  if (parseNonce(input.nonce) === undefined) return refused('nonce is neither <seq>.<random> nor a plain nonce.')
  const isPlain = Number.isSafeInteger(created) && Number.isSafeInteger(expires) && created > 0
  if (!isPlain || expires <= created || expires - created > 60) {
    return refused('expires is not 1 to 60 seconds after created.')
  }
  return undefined
}

type SettledDigest = { readonly outcome: 'settled'; readonly added?: string } | RefusedWithDetail

/** The digest that the request carries, compared with the content; or the one that has to be added. */
function settleContentDigest(input: SignRequestCredentialInput, fields: FieldLines): SettledDigest {
  const { body, bodyDigest } = input
  const hasContent = bodyDigest !== undefined || (body !== undefined && body.length > 0)
  if (hasContent && isBodilessMethod(input.method)) return refused('A request with this method must not have content.')
  const sha256 = body === undefined ? bodyDigest : hash('sha256', body, 'buffer')
  if (!fields.has('content-digest')) {
    if (isBodilessMethod(input.method)) return { outcome: 'settled' }
    return { outcome: 'settled', added: formatContentDigest(sha256 ?? hash('sha256', '', 'buffer')) }
  }
  const field = readCoveredField('content-digest', fields)
  if (field.outcome === 'refused') return refused(field.detail)
  const parsed = parseContentDigest(field.value)
  if (parsed.outcome === 'refused') return refused(parsed.detail)
  if (sha256 === undefined) return { outcome: 'settled' }
  const digests = body === undefined ? { sha256: Buffer.from(sha256) } : computeBodyDigests(body)
  const checked = checkContentDigest(parsed.digest, digests)
  return checked.outcome === 'refused' ? refused(checked.detail) : { outcome: 'settled' }
}

function refused(detail: string): RefusedWithDetail {
  return { outcome: 'refused', detail }
}
