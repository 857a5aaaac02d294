import { isBodilessMethod, type Coverage } from './compile-coverage'
import { isFieldValue, type FieldLines } from './collect-fields'
import type { SignatureCandidate } from './parse-signature-fields'
import { refuse, refuseMalformed } from './refuse'
import type { Refused } from './types'

const DERIVED = ['@method', '@authority', '@path', '@query']

/**
 * Compares what a credential covers with what it has to (protocol section 4): the four derived components,
 * `content-digest` where the method has content or the field is there, and every coverable field that is there. No
 * fewer, no others, no component parameters, in any order.
 *
 * @returns the names in the order of the signature
 */
export function checkCoveredComponents(
  components: SignatureCandidate['components'],
  request: { readonly method: string; readonly fields: FieldLines },
  coverage: Coverage,
): { readonly outcome: 'complete'; readonly names: readonly string[] } | Refused {
  const needsDigest = !isBodilessMethod(request.method)
  const required = coverage.names.filter(
    (name) => request.fields.has(name) || (needsDigest && name === 'content-digest'),
  )
  const missing = new Set([...DERIVED, ...required])
  const names: string[] = []
  for (const { name, parameters } of components) {
    if (typeof name !== 'string') return refuseMalformed('A component name is not a string.')
    if (parameters.size > 0) return refuse('component_unexpected', 'A component has parameters.')
    if (names.includes(name)) return refuse('component_unexpected', 'A component is listed twice.')
    if (!missing.delete(name)) return refuseUnknown(name, coverage)
    names.push(name)
  }
  for (const name of missing) return refuse('component_missing', `The signature does not cover ${name}.`)
  if (required.includes('content-digest') && !request.fields.has('content-digest'))
    return refuseAbsent('content-digest')
  return { outcome: 'complete', names }
}

/** A component beyond the rule: of a field that the request lacks, or of none that the service knows. */
function refuseUnknown(name: string, coverage: Coverage): Refused {
  if (coverage.slots.has(name)) return refuseAbsent(name)
  return refuse('component_unexpected', 'The signature covers a component that the service does not ask for.')
}

function refuseAbsent(name: string): Refused {
  return refuse('component_missing', `The request lacks the field ${name} that its signature has to cover.`)
}

/**
 * The value of a covered field (RFC 9421 §2.1), one line; only `cookie` may come in several (RFC 9113 §8.2.3).
 *
 * @returns the value, or a refusal when it has more lines or characters that a signature base cannot hold
 */
export function readCoveredField(
  name: string,
  fields: FieldLines,
): { readonly outcome: 'read'; readonly value: string } | Refused {
  const lines = fields.get(name) ?? []
  if (lines.length !== 1 && name !== 'cookie') return refuseMalformed(`The field ${name} has more than one line.`)
  const value = lines.join('; ')
  if (!isFieldValue(value))
    return refuseMalformed(`The field ${name} holds a line break or a character outside of ASCII.`)
  return { outcome: 'read', value }
}
