import { hash } from 'node:crypto'
import { decodeBase64url } from './base64'
import { checkContentDigest } from './check-content-digest'
import { readCoveredField } from './check-covered-components'
import { checkMethod } from './check-method'
import { collectFields, type FieldLines } from './collect-fields'
import { makeSignatureBase } from './make-signature-base'
import { parseContentDigest } from './parse-content-digest'
import { parseRequestTarget } from './parse-request-target'
import { parseSignatureFields, type SignatureCandidate } from './parse-signature-fields'
import { readSignatureParameters } from './read-credential-parameters'
import { readSignature } from './read-signature'
import { refuse, refuseMalformed } from './refuse'
import { MACHINE_KEYID, MACHINE_MESSAGE_COMPONENTS } from './sign-machine-message'
import type { HttpField, ParsedMachineSignature, ParseMachineMessageResult, Refused } from './types'

export type UntrustedMachineMessage = {
  readonly method: string
  /** The raw request-target in origin-form; a query is refused, nothing covers it. */
  readonly path: string
  readonly headers: readonly HttpField[]
  /** The body as received; empty for a message without one. */
  readonly body: Uint8Array
}

/**
 * Reads a machine message (docs/machine-messages.md): exactly the expected signatures, each under its own tag, and a
 * body that is the one its digest names. Neither time nor signatures are checked: that is `checkCredentialWindow` and
 * `verifyMachineSignature`, for each of them.
 *
 * @param message as received
 * @param expectedTags the tag of each label that has to be there; no other label may be
 */
export function parseMachineMessage<Label extends string>(
  message: UntrustedMachineMessage,
  expectedTags: Readonly<Record<Label, string>>,
): ParseMachineMessageResult<Label> {
  const fields = collectFields(message.headers)
  if (fields === undefined) return refuseMalformed('A field name is not printable ASCII.')
  const parsed = parseSignatureFields(fields)
  if (parsed.outcome === 'refused') return parsed
  const methodProblem = checkMethod(message.method, fields)
  if (methodProblem !== undefined) return methodProblem
  const target = parseRequestTarget(message.path, { allowEncodedSlash: false })
  if (target.outcome === 'refused') return target
  if (target.hasQuery || target.authority !== undefined) return refuseMalformed('The target is not a path alone.')
  const digest = checkBody(fields, message.body)
  if (digest.outcome === 'refused') return digest
  const values = new Map([
    ['@method', message.method],
    ['@path', target.path],
    ['content-digest', digest.value],
  ])
  const labels = Object.keys(expectedTags)
  const signatures: Record<string, ParsedMachineSignature> = {}
  for (const candidate of parsed.candidates) {
    const { label } = candidate
    if (!labels.includes(label)) return refuseMalformed('The message has a signature that is not one of its own.')
    const signature = readMachineSignature(candidate, expectedTags[label as Label], values)
    if (signature.outcome === 'refused') return signature
    signatures[label] = signature.signature
  }
  for (const label of labels) {
    if (signatures[label] === undefined) return refuse('credential_missing', `The signature ${label} is missing.`)
  }
  // All labels of the record were just seen, and no others.
  return { outcome: 'parsed', signatures: signatures as Record<Label, ParsedMachineSignature> }
}

function checkBody(fields: FieldLines, body: Uint8Array): { outcome: 'matches'; value: string } | Refused {
  if (!fields.has('content-digest')) return refuse('component_missing', 'The message has no content-digest.')
  const field = readCoveredField('content-digest', fields)
  if (field.outcome === 'refused') return field
  const parsed = parseContentDigest(field.value)
  if (parsed.outcome === 'refused') return parsed
  const { sha256, sha512 } = parsed.digest
  if (sha256 === undefined || sha512 !== undefined) return refuseMalformed('The content-digest is sha-256 alone.')
  const checked = checkContentDigest({ sha256 }, { sha256: hash('sha256', body, 'buffer') })
  return checked.outcome === 'refused' ? checked : { outcome: 'matches', value: field.value }
}

function readMachineSignature(
  candidate: SignatureCandidate,
  tag: string,
  values: ReadonlyMap<string, string>,
): { outcome: 'read'; signature: ParsedMachineSignature } | Refused {
  const { components, parameters, paramsText } = candidate
  if (!candidate.isCanonical) return refuseMalformed('The signature parameters are not in their canonical form.')
  const names = components.map(({ name, parameters: { size } }) => (size === 0 ? name : undefined))
  for (const name of MACHINE_MESSAGE_COMPONENTS) {
    if (!names.includes(name)) return refuse('component_missing', `The signature does not cover ${name}.`)
  }
  const isInOrder = MACHINE_MESSAGE_COMPONENTS.every((name, index) => names[index] === name)
  if (!isInOrder || names.length !== MACHINE_MESSAGE_COMPONENTS.length) {
    return refuse('component_unexpected', 'The signature does not cover exactly the components of a message.')
  }
  const read = readSignatureParameters(parameters)
  if (read.outcome === 'refused') return read
  if (parameters.get('tag') !== tag) return refuseMalformed('A signature has the tag of another message.')
  const { nonce, keyid, alg } = read.values
  if (decodeBase64url(nonce)?.length !== 16) return refuseMalformed('nonce is not 16 bytes of base64url.')
  if (!MACHINE_KEYID.test(keyid)) return refuseMalformed('keyid is malformed.')
  const signature = readSignature(candidate.signatureText, alg)
  if (typeof signature === 'string') return refuseMalformed(signature)
  const signatureBaseFor = makeSignatureBase(MACHINE_MESSAGE_COMPONENTS, values, paramsText)
  return { outcome: 'read', signature: { label: candidate.label, tag, ...read.values, signature, signatureBaseFor } }
}
