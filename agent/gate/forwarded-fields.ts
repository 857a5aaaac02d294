import { isCountersignAlias, toLooseFieldName, type HttpField } from '@/lib/protocol'

/** RFC 9110 §7.6.1, with the framing that this hop makes itself. */
const HOP_BY_HOP: ReadonlySet<string> = new Set([
  'connection',
  'keep-alive',
  'proxy-connection',
  'proxy-authenticate',
  'proxy-authorization',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
  'http2-settings',
])

/** Lower-case names that `Connection` nominates to be dropped by this hop. */
export function nominatedNames(fields: readonly HttpField[]): Set<string> {
  return new Set(
    fields
      .filter(([name]) => name.toLowerCase() === 'connection')
      .flatMap(([, value]) => value.split(','))
      .map((token) => token.trim().toLowerCase()),
  )
}

/**
 * Whether a field claims, in some gateway's name, that the request is another one than was signed: its path, host, method
 * or origin. Frameworks that route by such a field would act on what nobody signed.
 */
function isGatewayClaim(name: string): boolean {
  return /^(?:forwarded|x-(?:forwarded|original|rewrite|envoy-original)-.*|x-(?:real-ip|http-host))$/.test(
    toLooseFieldName(name),
  )
}

/**
 * The fields that go on to the upstream: without those of this hop, without the framing, and without any that a backend
 * could take for the gate's own or for another gateway's.
 */
export function selectRequestFields(fields: readonly HttpField[]): HttpField[] {
  const nominated = nominatedNames(fields)
  return fields.filter(([rawName]) => {
    const name = rawName.toLowerCase()
    if (name === 'content-length' || name === 'expect' || name === 'host') return false
    return !HOP_BY_HOP.has(name) && !nominated.has(name) && !isCountersignAlias(name) && !isGatewayClaim(name)
  })
}

/** The fields of the upstream's answer that go back to the client. */
export function selectResponseFields(fields: readonly HttpField[]): HttpField[] {
  const nominated = nominatedNames(fields)
  return fields.filter(([rawName]) => {
    const name = rawName.toLowerCase()
    return !HOP_BY_HOP.has(name) && !nominated.has(name)
  })
}

/** Whether `Connection` would take away a field that the credential covers: the backend would see another request. */
export function dropsCoveredField(fields: readonly HttpField[]): boolean {
  const inputs = fields.filter(([name]) => name.toLowerCase() === 'signature-input').map(([, value]) => value)
  return [...nominatedNames(fields)].some((name) => inputs.some((value) => value.includes(`"${name}"`)))
}
