import type { Can } from '../refusal'

/** RFC 9110 §5.6.2 `token`, in lower case; the bound is ours. */
export const fieldNamePattern = /^[a-z0-9!#$%&'*+.^_`|~-]{1,64}$/

export const maxCoveredFields = 32

/** Why a name of the table cannot be covered. */
const reasons: Readonly<Record<string, string>> = Object.fromEntries([
  ...['signature', 'signature-input'].map((name) => [name, 'it carries the signature itself']),
  ...['content-digest', 'content-type', 'content-encoding'].map((name) => [
    name,
    'it is covered wherever it has to be',
  ]),
  ['host', '@authority covers it'],
  ['content-length', 'content-digest covers what it measures, and gateways rewrite it'],
  // RFC 9110 §7.6.1 and what gateways add on their way: the backend sees another value than the machine signed.
  ...[
    'connection',
    'keep-alive',
    'proxy-authenticate',
    'proxy-authorization',
    'proxy-connection',
    'te',
    'trailer',
    'transfer-encoding',
    'upgrade',
    'expect',
    'max-forwards',
    'via',
    'forwarded',
  ].map((name) => [name, 'it belongs to one connection and changes on the way']),
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
  const known = Object.hasOwn(reasons, name) ? reasons[name] : undefined
  if (known !== undefined) return { can: false, why: `${name}: ${known}` }
  if (name.startsWith('x-forwarded-')) return { can: false, why: `${name}: gateways write it themselves` }
  if (name.startsWith('countersign-')) return { can: false, why: `${name}: only a gateway may set it` }
  return { can: true }
}
