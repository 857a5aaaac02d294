import { isInnerList, serializeInnerList, type BareItem, type InnerList, type Parameters } from 'structured-headers'
import { isFieldValue, type FieldLines } from './collect-fields'
import { refuse, refuseMalformed } from './refuse'
import { splitDictionary, type DictionaryMember } from './split-dictionary'
import type { Refused } from './types'

const MAX_FIELD_LENGTH = 8_192
const MAX_MEMBERS = 4

/** One labelled signature, before anything is asked of it. */
export type SignatureCandidate = {
  readonly label: string
  /** The value of `@signature-params` as received. */
  readonly paramsText: string
  /** Whether that is how RFC 9651 §4.1 writes it. If not, it may hold a parameter twice: the library keeps the last. */
  readonly isCanonical: boolean
  readonly components: readonly { readonly name: BareItem; readonly parameters: Parameters }[]
  readonly parameters: ReadonlyMap<string, BareItem>
  /** The member of `Signature` as received, `:…:`. */
  readonly signatureText: string
}

type Result = { readonly outcome: 'parsed'; readonly candidates: readonly SignatureCandidate[] } | Refused

/**
 * Reads `Signature-Input` and `Signature` (RFC 9421 §4) with the bounds of protocol section 4: one line each, 8 KiB,
 * 4 members, every label in both.
 *
 * @returns the signatures in the order of `Signature-Input`; `credential_missing` when there is none
 */
export function parseSignatureFields(fields: FieldLines): Result {
  const inputLines = fields.get('signature-input') ?? []
  const signatureLines = fields.get('signature') ?? []
  if (inputLines.length === 0 && signatureLines.length === 0) {
    return refuse('credential_missing', 'The message carries no signature.')
  }
  const inputs = readMembers(inputLines)
  const signatures = readMembers(signatureLines)
  if (typeof inputs === 'string') return refuseMalformed(`Signature-Input ${inputs}.`)
  if (typeof signatures === 'string') return refuseMalformed(`Signature ${signatures}.`)
  if (inputs.size !== signatures.size) return refuseMalformed('A label stands in only one of the signature fields.')
  const candidates: SignatureCandidate[] = []
  for (const [label, input] of inputs) {
    const signature = signatures.get(label)
    if (signature === undefined) return refuseMalformed('A label stands in only one of the signature fields.')
    const candidate = readCandidate(label, input, signature)
    if (candidate === undefined) return refuseMalformed('A signature is no list of components with a byte sequence.')
    candidates.push(candidate)
  }
  if (candidates.length === 0) return refuse('credential_missing', 'The message carries no signature.')
  return { outcome: 'parsed', candidates }
}

function readMembers(lines: readonly string[]): ReadonlyMap<string, DictionaryMember> | string {
  const value = lines[0] ?? ''
  if (lines.length > 1) return 'has a second line'
  if (value.length > MAX_FIELD_LENGTH) return 'is longer than 8 KiB'
  if (!isFieldValue(value)) return 'holds a line break or a character outside of ASCII'
  const members = splitDictionary(value)
  if (members === undefined) return 'is no valid dictionary, or holds a label twice'
  return members.size > MAX_MEMBERS ? 'has more than 4 members' : members
}

function readCandidate(
  label: string,
  input: DictionaryMember,
  signature: DictionaryMember,
): SignatureCandidate | undefined {
  if (!isInnerList(input.member)) return undefined
  if (!(signature.member[0] instanceof ArrayBuffer)) return undefined
  const [items, parameters] = input.member
  return {
    label,
    paramsText: input.text,
    isCanonical: isCanonical(input.member, input.text),
    components: items.map(([name, itemParameters]) => ({ name, parameters: itemParameters })),
    parameters,
    signatureText: signature.text,
  }
}

function isCanonical(list: InnerList, text: string): boolean {
  try {
    return serializeInnerList(list) === text
  } catch {
    return false
  }
}
