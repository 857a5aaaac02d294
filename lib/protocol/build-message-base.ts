import { parseItem } from 'structured-headers'
import { deriveComponent } from './derive-component'
import type { SignatureCandidate } from './parse-signature-fields'
import { identify, readComponent, type Component } from './read-component'
import { readRequest, type ReadRequest, type ReadResponse } from './read-message'
import { refuse, refuseMalformed } from './refuse'
import type { Refused, RequestMessage, StructuredFieldType } from './types'

/** Nobody needs more, and each may cost a reading of its field. */
const MAX_COMPONENTS = 64

/** A component with the message that it was taken from. */
export type CoveredComponent = { readonly component: Component; readonly source: ReadRequest | ReadResponse }

export type MessageBase = {
  readonly outcome: 'built'
  readonly text: string
  readonly covered: readonly CoveredComponent[]
}

/**
 * The signature base of a message (RFC 9421 §2.5).
 *
 * @param candidate in canonical form
 * @param message that carries the signature
 * @param related the request that a response answers, for `req`
 * @param required component names, or identifiers as they stand in a base
 */
export function buildMessageBase(
  candidate: SignatureCandidate,
  message: ReadRequest | ReadResponse,
  related: Omit<RequestMessage, 'kind'> | undefined,
  options: {
    readonly required: readonly string[]
    readonly fieldTypes: ReadonlyMap<string, StructuredFieldType>
  },
): MessageBase | Refused {
  if (candidate.components.length > MAX_COMPONENTS) return refuseMalformed('The signature covers over 64 components.')
  const components: Component[] = []
  for (const { name, parameters } of candidate.components) {
    const read = readComponent(name, parameters)
    if (read.outcome === 'refused') return read
    const { component } = read
    if (components.some(({ identity }) => identity === component.identity)) {
      return refuse('component_unexpected', 'A component is listed twice.')
    }
    components.push(component)
  }
  const request = components.some(({ req }) => req) ? findRequest(message, related) : undefined
  if (request?.outcome === 'refused') return request
  const covered: CoveredComponent[] = []
  let text = ''
  for (const component of components) {
    const source = component.req && request !== undefined ? request.read : message
    const derived = deriveComponent(component, source, options.fieldTypes)
    if (derived.outcome === 'refused') return derived
    covered.push({ component, source })
    text += `${component.identifier}: ${derived.value}\n`
  }
  const missing = options.required.find(
    (name) => !components.some(({ identity }) => identity === identifyRequired(name)),
  )
  if (missing !== undefined) return refuse('component_missing', `The signature does not cover ${missing}.`)
  return { outcome: 'built', text: `${text}"@signature-params": ${candidate.paramsText}`, covered }
}

/** RFC 9421 §2.4: only a response may cover parts of a request, and only of the one that it answers. */
function findRequest(
  message: ReadRequest | ReadResponse,
  related: Omit<RequestMessage, 'kind'> | undefined,
): ReturnType<typeof readRequest> | Refused {
  if (message.kind === 'request') return refuse('component_unexpected', 'A request covers a component of a request.')
  if (related === undefined) {
    return refuse('component_missing', 'The signature covers the request of the response, which is not at hand.')
  }
  return readRequest(related)
}

function identifyRequired(required: string): string {
  if (!required.startsWith('"')) return identify(required, new Map())
  const [name, parameters] = parseItem(required)
  if (typeof name !== 'string') throw new TypeError('A required component is a name or an identifier.')
  return identify(name, parameters)
}
