import type { Can } from '../refusal'

/** RFC 9110 §5.6.2 `token`, in lower case; the bound is ours. */
export const fieldNamePattern = /^[a-z0-9!#$%&'*+.^_`|~-]{1,64}$/

export const maxCoveredFields = 32

/** RFC 9110 §7.6.1, and what gateways add on their way: the backend sees another value than the machine signed. */
const changingFields =
  'connection keep-alive proxy-authenticate proxy-authorization proxy-connection te trailer transfer-encoding upgrade ' +
  'expect max-forwards via forwarded'

const reasonsWhyNot: ReadonlyMap<string, string> = new Map([
  ['signature', 'it carries the signature itself'],
  ['signature-input', 'it carries the signature itself'],
  ['content-digest', 'it is covered wherever it has to be'],
  ['content-type', 'it is covered wherever it has to be'],
  ['content-encoding', 'it is covered wherever it has to be'],
  ['host', '@authority covers it'],
  ['content-length', 'content-digest covers what it measures, and gateways rewrite it'],
  ...changingFields.split(' ').map((name) => [name, 'it belongs to one connection and changes on the way'] as const),
])

/** Whether a service can demand that the signature covers this field where the request carries it. */
export function canCoverField(name: string): Can {
  if (name.startsWith('@')) return { can: false, why: `${name} is a derived component; the profile fixes those` }
  if (!fieldNamePattern.test(name)) {
    return {
      can: false,
      why: 'a field name is a token in lower case of at most 64 characters (RFC 9110, section 5.6.2)',
    }
  }
  const whyNot = reasonsWhyNot.get(name)
  if (whyNot !== undefined) return { can: false, why: `${name}: ${whyNot}` }
  if (name.startsWith('x-forwarded-')) return { can: false, why: `${name}: gateways write it themselves` }
  if (name.startsWith('countersign-')) return { can: false, why: `${name}: only a gateway may set it` }
  return { can: true }
}
