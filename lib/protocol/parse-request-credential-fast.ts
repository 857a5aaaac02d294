import { compileCoverage, isBodilessMethod, type Coverage, type CoverageShape } from './compile-coverage'
import { parseRequestTarget } from './parse-request-target'
import { isLowS } from './read-signature'
import type {
  CredentialNonce,
  CredentialProfile,
  CredentialRequest,
  ParsedContentDigest,
  ParsedRequestCredential,
  ParseRequestCredentialResult,
  SignatureAlgorithm,
} from './types'

/** Exactly what our agent writes. The groups: components, created, expires, nonce (seq, random, plain), keyid, alg. */
const SIGNATURE_INPUT =
  /^cs=(\([^)]*\);created=([1-9][0-9]{0,14});expires=([1-9][0-9]{0,14});nonce="(?:([1-9][0-9]{0,14})\.([A-Za-z0-9_-]{21}[AQgw])|([A-Za-z0-9_-]{16,64}))";keyid="((mach_[0-7][0-9a-hjkmnp-tv-z]{25})\.([1-9][0-9]{0,8}))";alg="(hmac-sha256|ed25519|ecdsa-p256-sha256)";tag="countersign")$/
/** 32 and 64 bytes in canonical base64: the last character before the padding holds two or four zero bits. */
const SIGNATURE_OF_32 = /^cs=:([A-Za-z0-9+/]{42}[AEIMQUYcgkosw048]=):$/
const SIGNATURE_OF_64 = /^cs=:([A-Za-z0-9+/]{85}[AQgw]==):$/
const SHA256_DIGEST = /^sha-256=:([A-Za-z0-9+/]{42}[AEIMQUYcgkosw048]=):$/
/** Empty, or without whitespace at either end. */
const FIELD_VALUE = /^(?:[\x21-\x7e](?:[\t\x20-\x7e]*[\x21-\x7e])?)?$/
const FIELD_NAME = /^[\x21-\x7e]+$/
const METHODS: ReadonlySet<string> = new Set(['GET', 'HEAD', 'OPTIONS', 'POST', 'PUT', 'PATCH', 'DELETE', 'QUERY'])
const DERIVED = ['@method', '@authority', '@path', '@query']
const MAX_WINDOW_SECONDS = 60
const MAX_FIELD_LENGTH = 8_192
const MOST_SHAPES = 256

/**
 * The hot path: reads the one shape that our agent writes, with one regular expression and one pass over the fields.
 * It never refuses. What it does not know is the generic parser's, which then gives the reason; on every input that
 * it does know, both give the same (a property test holds them together).
 *
 * @returns the credential, or `undefined` when the shape is not its own
 */
export function parseRequestCredentialFast(
  request: CredentialRequest,
  profile: CredentialProfile,
): ParseRequestCredentialResult | undefined {
  const coverage = compileCoverage(profile.coveredFields)
  if (!METHODS.has(request.method)) return undefined
  const fields = scanFields(request, coverage)
  if (fields === undefined) return undefined
  const input = SIGNATURE_INPUT.exec(fields.signatureInput)
  if (input === null) return undefined
  const target = parseRequestTarget(request.target, profile)
  if (target.outcome === 'refused' || target.authority !== undefined) return undefined
  const covered = coverFields(request.method, fields.values, coverage)
  const paramsText = input[1] ?? ''
  // The components are compared as text: they have exactly one spelling in the agent's order.
  if (covered === undefined || !paramsText.startsWith(covered.list)) return undefined
  // The expression lets no other name through.
  const alg = input[10] as SignatureAlgorithm
  const signature = readSignatureOf(alg, fields.signature)
  const nonce = readNonce(input, profile)
  const created = Number(input[2])
  const expires = Number(input[3])
  const isInWindow = expires > created && expires - created <= MAX_WINDOW_SECONDS
  if (signature === undefined || nonce === undefined || !isInWindow) return undefined
  const before = `"@method": ${request.method}\n"@authority": `
  const after = `\n"@path": ${target.path}\n"@query": ${target.query}${covered.lines}\n"@signature-params": ${paramsText}`
  // One literal of one shape: object spread would cost more than all the rest (4 µs on Node 20).
  const credential: ParsedRequestCredential = {
    keyid: input[7] ?? '',
    machineId: input[8] ?? '',
    generation: Number(input[9]),
    alg,
    created,
    expires,
    nonce,
    useKey: nonce.kind === 'sequence' ? `s${nonce.seq}` : `n${nonce.value}`,
    signature,
    method: request.method,
    path: target.path,
    query: target.query,
    hasQuery: target.hasQuery,
    targetAuthority: undefined,
    contentDigest: covered.contentDigest,
    coveredComponents: covered.names,
    signatureBaseFor: (authority) => before + authority + after,
  }
  return { outcome: 'parsed', credential }
}

type ScannedFields = {
  readonly signatureInput: string
  readonly signature: string
  /** By slot of the coverage; `undefined` where the request lacks the field. */
  readonly values: readonly (string | undefined)[]
}

/** One pass; anything unusual (a second line, whitespace, other characters, content without a body) is not ours. */
function scanFields({ method, headers }: CredentialRequest, coverage: Coverage): ScannedFields | undefined {
  const isBodiless = isBodilessMethod(method)
  const values = new Array<string | undefined>(coverage.names.length).fill(undefined)
  let signatureInput: string | undefined
  let signature: string | undefined
  for (const [rawName, value] of headers) {
    if (!FIELD_NAME.test(rawName)) return undefined
    const name = rawName.toLowerCase()
    if (isBodiless && (name === 'transfer-encoding' || (name === 'content-length' && value !== '0'))) return undefined
    const slot = coverage.slots.get(name)
    if (slot !== undefined) {
      if (values[slot] !== undefined || !FIELD_VALUE.test(value)) return undefined
      values[slot] = value
    } else if (name === 'signature-input') {
      if (signatureInput !== undefined) return undefined
      signatureInput = value
    } else if (name === 'signature') {
      if (signature !== undefined) return undefined
      signature = value
    }
  }
  if (signatureInput === undefined || signature === undefined) return undefined
  if (signatureInput.length > MAX_FIELD_LENGTH) return undefined
  return { signatureInput, signature, values }
}

type CoveredFields = {
  readonly names: readonly string[]
  /** The inner list as the agent writes it, up to the parameters. */
  readonly list: string
  /** Their lines of the signature base, each after a line break. */
  readonly lines: string
  readonly contentDigest: ParsedContentDigest | undefined
}

function coverFields(
  method: string,
  values: readonly (string | undefined)[],
  coverage: Coverage,
): CoveredFields | undefined {
  const digestValue = values[coverage.contentDigestSlot]
  if (digestValue === undefined && !isBodilessMethod(method)) return undefined
  const digest = digestValue === undefined ? undefined : SHA256_DIGEST.exec(digestValue)
  if (digest === null) return undefined
  let shape = ''
  let lines = ''
  for (let slot = 0; slot < values.length; slot++) {
    const value = values[slot]
    if (value === undefined) continue
    shape += `${slot} `
    lines += `\n"${coverage.names[slot]}": ${value}`
  }
  const { names, list } = findShape(coverage, shape)
  const sha256 = digest?.[1] === undefined ? undefined : Buffer.from(digest[1], 'base64')
  return { names, list, lines, contentDigest: sha256 && { sha256 } }
}

/** Which fields are there differs little from request to request, so their list is written once. */
function findShape(coverage: Coverage, shape: string): CoverageShape {
  const known = coverage.shapes.get(shape)
  if (known !== undefined) return known
  const fields = shape.split(' ').flatMap((slot) => (slot === '' ? [] : (coverage.names[Number(slot)] ?? [])))
  const names = [...DERIVED, ...fields]
  const made = { names, list: `(${names.map((name) => `"${name}"`).join(' ')});` }
  // A client chooses among the service's fields: bounded, whatever it tries.
  if (coverage.shapes.size < MOST_SHAPES) coverage.shapes.set(shape, made)
  return made
}

function readSignatureOf(alg: SignatureAlgorithm, text: string): Buffer | undefined {
  const shape = alg === 'hmac-sha256' ? SIGNATURE_OF_32 : SIGNATURE_OF_64
  const base64 = shape.exec(text)?.[1]
  if (base64 === undefined) return undefined
  const signature = Buffer.from(base64, 'base64')
  return alg === 'ecdsa-p256-sha256' && !isLowS(signature) ? undefined : signature
}

function readNonce(
  [, , , , seq, random, plain]: RegExpExecArray,
  profile: CredentialProfile,
): CredentialNonce | undefined {
  if (seq !== undefined && random !== undefined) return { kind: 'sequence', seq: Number(seq), random }
  return plain !== undefined && profile.allowPlainNonce ? { kind: 'plain', value: plain } : undefined
}
