import { compileCoverage, isBodilessMethod, type Coverage } from './compile-coverage'
import { parseRequestTarget } from './parse-request-target'
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
  /^cs=(\([^)]*\);created=([1-9][0-9]{0,14});expires=([1-9][0-9]{0,14});nonce="(?:([1-9][0-9]{0,14})\.([A-Za-z0-9_-]{21}[AQgw])|([A-Za-z0-9_-]{16,64}))";keyid="((mach_[0-7][0-9a-hjkmnp-tv-z]{25})\.([1-9][0-9]{0,8}))";alg="(hmac-sha256|ed25519)";tag="countersign")$/
/** 32 and 64 bytes in canonical base64: the last character before the padding holds two or four zero bits. */
const SIGNATURES = {
  'hmac-sha256': /^cs=:([A-Za-z0-9+/]{42}[AEIMQUYcgkosw048]=):$/,
  ed25519: /^cs=:([A-Za-z0-9+/]{85}[AQgw]==):$/,
} as const
const SHA256_DIGEST = /^sha-256=:([A-Za-z0-9+/]{42}[AEIMQUYcgkosw048]=):$/
/** Empty, or without whitespace at either end. */
const FIELD_VALUE = /^(?:[\x21-\x7e](?:[\t\x20-\x7e]*[\x21-\x7e])?)?$/
const FIELD_NAME = /^[\x21-\x7e]+$/
const METHODS: ReadonlySet<string> = new Set(['GET', 'HEAD', 'OPTIONS', 'POST', 'PUT', 'PATCH', 'DELETE', 'QUERY'])
const DERIVED = ['@method', '@authority', '@path', '@query']
const MAX_WINDOW_SECONDS = 60
const MAX_FIELD_LENGTH = 8_192

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
  const parameters = readParameters(input, fields.signature, profile)
  if (parameters === undefined) return undefined
  const before = `"@method": ${request.method}\n"@authority": `
  const after = `\n"@path": ${target.path}\n"@query": ${target.query}${covered.lines}\n"@signature-params": ${paramsText}`
  const credential: ParsedRequestCredential = {
    ...parameters,
    method: request.method,
    path: target.path,
    query: target.query,
    hasQuery: target.hasQuery,
    ...(covered.contentDigest && { contentDigest: covered.contentDigest }),
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
    } else if (isBodiless && (name === 'transfer-encoding' || (name === 'content-length' && value !== '0'))) {
      return undefined
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
  readonly contentDigest?: ParsedContentDigest
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
  const names = [...DERIVED]
  let list = '("@method" "@authority" "@path" "@query"'
  let lines = ''
  for (let slot = 0; slot < values.length; slot++) {
    const name = coverage.names[slot]
    const value = values[slot]
    if (name === undefined || value === undefined) continue
    names.push(name)
    list += ` "${name}"`
    lines += `\n"${name}": ${value}`
  }
  const sha256 = digest?.[1] === undefined ? undefined : Buffer.from(digest[1], 'base64')
  return { names, list: `${list});`, lines, ...(sha256 && { contentDigest: { sha256 } }) }
}

type Parameters = Pick<
  ParsedRequestCredential,
  'keyid' | 'machineId' | 'generation' | 'alg' | 'created' | 'expires' | 'nonce' | 'useKey' | 'signature'
>

function readParameters(
  input: RegExpExecArray,
  signatureText: string,
  profile: CredentialProfile,
): Parameters | undefined {
  const [, , rawCreated, rawExpires, seq, random, plain, keyid, machineId, generation, rawAlg] = input
  if (keyid === undefined || machineId === undefined) return undefined
  // The expression lets no other name through.
  const alg = rawAlg as Exclude<SignatureAlgorithm, 'ecdsa-p256-sha256'>
  const signature = SIGNATURES[alg].exec(signatureText)?.[1]
  if (signature === undefined) return undefined
  const created = Number(rawCreated)
  const expires = Number(rawExpires)
  if (expires <= created || expires - created > MAX_WINDOW_SECONDS) return undefined
  const nonce = readNonce(seq, random, plain, profile)
  if (nonce === undefined) return undefined
  return {
    keyid,
    machineId,
    generation: Number(generation),
    alg,
    created,
    expires,
    nonce,
    useKey: nonce.kind === 'sequence' ? `s${seq ?? ''}` : `n${nonce.value}`,
    signature: Buffer.from(signature, 'base64'),
  }
}

function readNonce(
  seq: string | undefined,
  random: string | undefined,
  plain: string | undefined,
  profile: CredentialProfile,
): CredentialNonce | undefined {
  if (seq !== undefined && random !== undefined) return { kind: 'sequence', seq: Number(seq), random }
  return plain !== undefined && profile.allowPlainNonce ? { kind: 'plain', value: plain } : undefined
}
