import { refuse, type Refusal } from '@/lib/domain/refusal'

/** No operation takes more; the reader of the socket stops there too. */
export const maxBodyBytes = 65_536

/** The deepest body of the contract has five levels. */
const maxDepth = 16

const mediaType = /^application\/json(?:\s*;\s*charset=(?:utf-8|"utf-8"))?$/i

/** A JSON body, bounded in size and depth before anything looks into it. No body at all is an empty object. */
export function readJsonBody(
  body: Uint8Array,
  contentType: string | undefined,
): { readonly outcome: 'read'; readonly value: unknown } | Refusal<'request_malformed' | 'request_too_large'> {
  if (body.byteLength > maxBodyBytes) {
    return refuse('request_too_large', `The body is larger than ${maxBodyBytes} bytes.`)
  }
  if (body.byteLength === 0) return { outcome: 'read', value: {} }
  if (contentType === undefined || !mediaType.test(contentType.trim())) {
    return refuse('request_malformed', 'The body is not declared as Content-Type: application/json.')
  }
  try {
    const text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(body)
    if (isTooDeep(text)) return refuse('request_malformed', `The body is nested deeper than ${maxDepth} levels.`)
    let namesPrototype = false
    const value: unknown = JSON.parse(text, (key, item: unknown) => {
      if (key === '__proto__') namesPrototype = true
      return item
    })
    // zod passes over this one name in silence.
    if (namesPrototype) return refuse('request_malformed', 'No field is called __proto__.')
    return { outcome: 'read', value }
  } catch {
    return refuse('request_malformed', 'The body is not JSON in UTF-8.')
  }
}

/** Counts brackets outside strings. Whether the text is JSON is not checked here. */
function isTooDeep(text: string): boolean {
  let depth = 0
  let inString = false
  for (let index = 0; index < text.length; index += 1) {
    const character = text[index]
    if (inString) {
      if (character === '\\') index += 1
      else if (character === '"') inString = false
    } else if (character === '"') inString = true
    else if (character === '{' || character === '[') {
      depth += 1
      if (depth > maxDepth) return true
    } else if (character === '}' || character === ']') depth -= 1
  }
  return false
}
