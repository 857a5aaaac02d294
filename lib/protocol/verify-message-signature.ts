import type { KeyObject } from 'node:crypto'
import { serializeItem, type BareItem } from 'structured-headers'
import { checkContentDigest } from './check-content-digest'
import { checkCredentialWindow } from './check-credential-window'
import { checkSignature } from './check-signature'
import { collectFields } from './collect-fields'
import { computeBodyDigests } from './compute-content-digest'
import { deriveComponent, type ReadMessage } from './derive-component'
import { parseAuthority } from './parse-authority'
import { parseContentDigest } from './parse-content-digest'
import { parseRequestTarget } from './parse-request-target'
import { parseSignatureFields, type SignatureCandidate } from './parse-signature-fields'
import { isSignatureAlgorithm, readSignature } from './read-signature'
import { refuse, refuseMalformed } from './refuse'
import type { Refused, RequestMessage, ResponseMessage, SignatureAlgorithm } from './types'

export type MessageVerificationKey = {
  /** The one algorithm of the key (RFC 9421 §6.2.2); those that are not ours are refused. */
  readonly alg: string
  readonly key: KeyObject
}

export type MessageParameters = ReadonlyMap<string, BareItem>

export type VerifyMessageSignatureOptions = {
  /** Needed when the message carries more than one signature. */
  readonly label?: string
  /** The key of an untrusted `keyid`; `undefined` refuses. */
  readonly resolveKey: (
    keyid: string | undefined,
    alg: string | undefined,
    parameters: MessageParameters,
  ) => MessageVerificationKey | undefined
  /** Seconds since 1970. */
  readonly now: number
  readonly toleranceSeconds?: number
  /** Components that have to be covered, as serialized without quotes; default `@method @authority @path @query`. */
  readonly requiredComponents?: readonly string[]
}

export type VerifyMessageSignatureResult =
  | {
      readonly outcome: 'verified'
      readonly label: string
      readonly keyid?: string
      readonly alg: SignatureAlgorithm
      readonly parameters: MessageParameters
      /** Component identifiers (RFC 9421 §1.1) as they stand in the base: `"@method"`, `"@query-param";name="a"`. */
      readonly coveredComponents: readonly string[]
      readonly signatureBase: string
      /** `checked` when `content-digest` is covered and the body was at hand. */
      readonly content: 'checked' | 'unchecked'
    }
  | Refused

const DEFAULT_REQUIRED = ['@method', '@authority', '@path', '@query']

/**
 * Verifies one signature of a request by the rules of RFC 9421 §3.2, with ECDSA P-256, Ed25519 or HMAC. It is what
 * other profiles are built on; requests of machines go through `parseRequestCredential`. Not checked: that a nonce is
 * new, who may use the key, and that an ECDSA signature is the only one of its message. RSA and responses are refused with `algorithm_not_allowed`.
 */
export function verifyMessageSignature(
  message: RequestMessage | ResponseMessage,
  options: VerifyMessageSignatureOptions,
): VerifyMessageSignatureResult {
  if (message.kind !== 'request') return refuse('algorithm_not_allowed', 'Signatures of responses are not supported.')
  const fields = collectFields(message.headers)
  if (fields === undefined) return refuseMalformed('A field name is not printable ASCII.')
  const target = parseRequestTarget(message.target, { allowEncodedSlash: true })
  if (target.outcome === 'refused') return target
  const authority = parseAuthority(message.authority, message.scheme)
  if (authority.outcome === 'refused') return refuseMalformed(authority.detail)
  if (target.authority !== undefined && target.authority !== authority.authority) {
    return refuseMalformed('The request-target names another authority than the request.')
  }
  const parsed = parseSignatureFields(fields)
  if (parsed.outcome === 'refused') return parsed
  const candidate = pickCandidate(parsed.candidates, options.label)
  if ('outcome' in candidate) return candidate
  return verifyCandidate(candidate, { message, authority: authority.authority, target, fields }, options)
}

function pickCandidate(
  candidates: readonly SignatureCandidate[],
  label: string | undefined,
): SignatureCandidate | Refused {
  const [candidate, ...others] = candidates.filter((one) => label === undefined || one.label === label)
  if (candidate === undefined) return refuse('credential_missing', 'The message has no signature of that label.')
  if (others.length > 0) return refuseMalformed('The message has several signatures; a label is needed.')
  return candidate.isCanonical ? candidate : refuseMalformed('The signature parameters are not in canonical form.')
}

function verifyCandidate(
  candidate: SignatureCandidate,
  request: ReadMessage,
  options: VerifyMessageSignatureOptions,
): VerifyMessageSignatureResult {
  const { label, parameters } = candidate
  const window = checkWindow(parameters, options)
  if (window !== undefined) return window
  const keyid = readText(parameters, 'keyid')
  const claimedAlg = readText(parameters, 'alg')
  if (keyid === 'invalid' || claimedAlg === 'invalid') return refuseMalformed('keyid and alg are strings.')
  const key = options.resolveKey(keyid?.text, claimedAlg?.text, parameters)
  if (key === undefined) return refuse('signature_invalid', 'The key of the signature is not known.')
  const { alg } = key
  if (!isSignatureAlgorithm(alg) || (claimedAlg !== undefined && claimedAlg.text !== alg)) {
    return refuse('algorithm_not_allowed', 'The algorithm is not supported, or not the one of the key.')
  }
  const base = buildBase(candidate, request, options.requiredComponents ?? DEFAULT_REQUIRED)
  if (base.outcome === 'refused') return base
  const signature = readSignature(candidate.signatureText, alg, { needsLowS: false })
  if (typeof signature === 'string') return refuseMalformed(signature)
  const checked = checkSignature(base.text, signature, { alg, key: key.key })
  if (checked.outcome === 'refused') return checked
  const content = checkContent(base.identifiers, request)
  if (content.outcome === 'refused') return content
  return {
    outcome: 'verified',
    label,
    ...(keyid && { keyid: keyid.text }),
    alg,
    parameters,
    coveredComponents: base.identifiers,
    signatureBase: base.text,
    content: content.outcome,
  }
}

function checkWindow(parameters: MessageParameters, options: VerifyMessageSignatureOptions): Refused | undefined {
  const [created, expires] = [parameters.get('created') ?? options.now, parameters.get('expires') ?? options.now]
  if (!Number.isInteger(created) || !Number.isInteger(expires)) return refuseMalformed('created, expires: integers.')
  const window = { created: Number(created), expires: Number(expires) }
  const checked = checkCredentialWindow(window, options.now, options.toleranceSeconds)
  return checked.outcome === 'refused' ? checked : undefined
}

function readText(parameters: MessageParameters, name: string): { text: string } | undefined | 'invalid' {
  const value = parameters.get(name)
  if (value === undefined) return undefined
  return typeof value === 'string' ? { text: value } : 'invalid'
}

type Base = { readonly outcome: 'built'; readonly text: string; readonly identifiers: readonly string[] }

/** RFC 9421 §2.5. */
function buildBase(candidate: SignatureCandidate, request: ReadMessage, required: readonly string[]): Base | Refused {
  const identifiers: string[] = []
  let text = ''
  for (const { name, parameters } of candidate.components) {
    if (typeof name !== 'string' || name !== name.toLowerCase())
      return refuseMalformed('A component has no valid name.')
    const identifier = serializeItem([name, parameters])
    if (identifiers.includes(identifier)) return refuse('component_unexpected', 'A component is listed twice.')
    const component = deriveComponent(name, parameters, request)
    if (component.outcome === 'refused') return component
    identifiers.push(identifier)
    text += `${identifier}: ${component.value}\n`
  }
  const missing = required.find((name) => !identifiers.includes(`"${name}"`))
  if (missing !== undefined) return refuse('component_missing', `The signature does not cover ${missing}.`)
  return { outcome: 'built', text: `${text}"@signature-params": ${candidate.paramsText}`, identifiers }
}

function checkContent(
  identifiers: readonly string[],
  { message, fields }: ReadMessage,
): { outcome: 'checked' | 'unchecked' } | Refused {
  if (!identifiers.includes('"content-digest"') || message.body === undefined) return { outcome: 'unchecked' }
  const parsed = parseContentDigest((fields.get('content-digest') ?? []).join(', '))
  if (parsed.outcome === 'refused') return parsed
  const checked = checkContentDigest(parsed.digest, computeBodyDigests(message.body))
  return checked.outcome === 'refused' ? checked : { outcome: 'checked' }
}
