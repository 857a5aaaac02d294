import { isFieldValue } from './collect-fields'
import type { DerivedComponent } from './derive-component'
import type { Component } from './read-component'
import type { ReadRequest, ReadResponse } from './read-message'
import { refuse, refuseMalformed } from './refuse'
import { serializeDictionaryMember, serializeStructuredField } from './serialize-structured-field'
import { splitDictionary, trimOws, type DictionaryMember } from './split-dictionary'
import type { StructuredFieldType } from './types'

/** RFC 9112 §5.2, with the bare LF that §2.2 lets a recipient take for a line's end. */
const OBS_FOLD = /(?<![ \t])[ \t]*(?:\r?\n[ \t]+)+/g
/** Bytes of a field value as `node:http` gives them, one a character: RFC 9110 §5.5 with `obs-text`. */
const FIELD_BYTES = /^[\t\x20-\x7e\x80-\xff]*$/

/** The value of a field component (RFC 9421 §2.1): all its lines, or as its parameters say. */
export function deriveField(
  component: Component,
  message: ReadRequest | ReadResponse,
  fieldTypes: ReadonlyMap<string, StructuredFieldType>,
): DerivedComponent {
  const received = (component.tr ? message.trailers : message.fields).get(component.name)
  if (received === undefined) return refuse('component_missing', 'The message lacks a field that its signature covers.')
  const lines = received.map((line) => trimOws(line.replace(OBS_FOLD, ' ')))
  if (component.bs) return wrapLines(lines)
  const value = lines.join(', ')
  if (!isFieldValue(value)) return refuseMalformed('A covered field holds a line break or is not ASCII.')
  if (component.key !== undefined) {
    if (fieldTypes.get(component.name) !== 'dictionary') {
      return refuse('component_unexpected', 'A field that is not known as a dictionary has key.')
    }
    return readMember(readDictionary(received, value), component.key)
  }
  if (component.sf) return serialize(value, fieldTypes.get(component.name))
  return { outcome: 'derived', value }
}

/** RFC 9421 §2.1.3: each line for itself, so that no comma can come from somewhere else. */
function wrapLines(lines: readonly string[]): DerivedComponent {
  if (!lines.every((line) => FIELD_BYTES.test(line))) return refuseMalformed('A covered field holds a line break.')
  const value = lines.map((line) => `:${Buffer.from(line, 'latin1').toString('base64')}:`).join(', ')
  return { outcome: 'derived', value }
}

/** RFC 9421 §2.1.1: the type has to be known, nothing guesses it. */
function serialize(value: string, type: StructuredFieldType | undefined): DerivedComponent {
  if (type === undefined) return refuse('component_unexpected', 'A field that is not known as structured has sf.')
  const written = serializeStructuredField(value, type)
  return written === undefined
    ? refuseMalformed('A covered structured field is malformed, or holds a name twice.')
    : { outcome: 'derived', value: written }
}

type Dictionary = ReadonlyMap<string, DictionaryMember> | undefined

/** By the lines of a message: a field is read once, however many of its members are covered. */
const dictionaries = new WeakMap<readonly string[], { readonly dictionary: Dictionary }>()

function readDictionary(received: readonly string[], value: string): Dictionary {
  let known = dictionaries.get(received)
  if (known === undefined) {
    known = { dictionary: splitDictionary(value) }
    dictionaries.set(received, known)
  }
  return known.dictionary
}

/** RFC 9421 §2.1.2. */
function readMember(dictionary: Dictionary, key: string): DerivedComponent {
  const member = dictionary?.get(key)
  if (dictionary !== undefined && member === undefined) {
    return refuse('component_missing', 'A dictionary lacks a member that is covered.')
  }
  const value = member && serializeDictionaryMember(member)
  if (value === undefined) return refuseMalformed('A covered structured field is malformed, or holds a name twice.')
  return { outcome: 'derived', value }
}
