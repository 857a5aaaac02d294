import type { KeyObject } from 'node:crypto'
import type { BareItem } from 'structured-headers'
import { buildMessageBase } from './build-message-base'
import { checkCredentialWindow } from './check-credential-window'
import { checkMessageContent } from './check-message-content'
import { checkSignature, isKeyOfAlgorithm } from './check-signature'
import { parseSignatureFields, type SignatureCandidate } from './parse-signature-fields'
import { readRequest, readResponse, type ReadRequest, type ReadResponse } from './read-message'
import { decodeSignature } from './read-signature'
import { refuse, refuseMalformed } from './refuse'
import { isMessageSignatureAlgorithm, signatureAlgorithms } from './signature-algorithms'
import { structuredFieldTypes } from './structured-field-types'
import type { MessageSignatureAlgorithm, Refused, RequestMessage, ResponseMessage, StructuredFieldType } from './types'

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
  /**
   * Components that have to be covered: names, or identifiers as they stand in a base (`"@method";req`). By default
   * `@method @authority @path @query` of a request, `@status` of a response.
   */
  readonly requiredComponents?: readonly string[]
  /** Structured fields of the application, by lower-case name, beside those that standards define as structured. */
  readonly fieldTypes?: ReadonlyMap<string, StructuredFieldType>
}

export type VerifyMessageSignatureResult =
  | {
      readonly outcome: 'verified'
      readonly label: string
      readonly keyid?: string
      readonly alg: MessageSignatureAlgorithm
      readonly parameters: MessageParameters
      /** Component identifiers (RFC 9421 §1.1) as they stand in the base: `"@method"`, `"@query-param";name="a"`. */
      readonly coveredComponents: readonly string[]
      readonly signatureBase: string
      /** `checked` when `content-digest` is covered and the body was at hand: of the message itself, not its request. */
      readonly content: 'checked' | 'unchecked'
    }
  | Refused

const DEFAULT_REQUIRED = { request: ['@method', '@authority', '@path', '@query'], response: ['@status'] } as const

/**
 * Verifies one signature of a request or a response by the rules of RFC 9421 §3.2, with every component and algorithm
 * of the RFC. It is what other profiles are built on; requests of machines go through `parseRequestCredential`, which
 * takes far less. Not checked: that a nonce is new, who may use the key, that an ECDSA signature is the only one of its
 * message, and that `request` is the one that the response answers: that is the caller's to know.
 */
export function verifyMessageSignature(
  message: RequestMessage | ResponseMessage,
  options: VerifyMessageSignatureOptions,
): VerifyMessageSignatureResult {
  const read = message.kind === 'request' ? readRequest(message) : readResponse(message)
  if (read.outcome === 'refused') return read
  const parsed = parseSignatureFields(read.read.fields)
  if (parsed.outcome === 'refused') return parsed
  const candidate = pickCandidate(parsed.candidates, options.label)
  if ('outcome' in candidate) return candidate
  return verifyCandidate(candidate, read.read, message.kind === 'response' ? message.request : undefined, options)
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
  message: ReadRequest | ReadResponse,
  related: ResponseMessage['request'],
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
  if (!isMessageSignatureAlgorithm(alg) || (claimedAlg !== undefined && claimedAlg.text !== alg)) {
    return refuse('algorithm_not_allowed', 'The algorithm is not supported, or not the one of the key.')
  }
  if (!isKeyOfAlgorithm({ alg, key: key.key })) {
    return refuse('algorithm_not_allowed', 'The key is not one of its algorithm, or too weak for it.')
  }
  const base = buildMessageBase(candidate, message, related, {
    required: options.requiredComponents ?? DEFAULT_REQUIRED[message.kind],
    fieldTypes: options.fieldTypes ? new Map([...options.fieldTypes, ...structuredFieldTypes]) : structuredFieldTypes,
  })
  if (base.outcome === 'refused') return base
  const signature = decodeSignature(candidate.signatureText)
  if (signature?.length !== signatureAlgorithms[alg].signatureLength(key.key)) {
    return refuseMalformed('The signature is not canonical base64 of the length of its algorithm.')
  }
  const checked = checkSignature(base.text, signature, { alg, key: key.key })
  if (checked.outcome === 'refused') return checked
  const content = checkMessageContent(base.covered)
  if (content.outcome === 'refused') return content
  return {
    outcome: 'verified',
    label,
    ...(keyid && { keyid: keyid.text }),
    alg,
    parameters,
    coveredComponents: base.covered.map(({ component }) => component.identifier),
    signatureBase: base.text,
    content: content.outcome,
  }
}

function checkWindow(parameters: MessageParameters, options: VerifyMessageSignatureOptions): Refused | undefined {
  const [created, expires] = [parameters.get('created'), parameters.get('expires')]
  for (const value of [created, expires]) {
    if (value !== undefined && !Number.isInteger(value)) return refuseMalformed('created and expires are integers.')
  }
  const window = { created: Number(created ?? options.now), expires: Number(expires ?? options.now) }
  const checked = checkCredentialWindow(window, options.now, options.toleranceSeconds)
  return checked.outcome === 'refused' ? checked : undefined
}

function readText(parameters: MessageParameters, name: string): { text: string } | undefined | 'invalid' {
  const value = parameters.get(name)
  if (value === undefined) return undefined
  return typeof value === 'string' ? { text: value } : 'invalid'
}
