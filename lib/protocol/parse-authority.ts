import { canonicalizeIpv6 } from './canonicalize-ipv6'
import type { ParseAuthorityResult, RefusedWithDetail, Scheme } from './types'

const MAX_AUTHORITY_LENGTH = 261
const AUTHORITY = /^(\[[0-9a-f:]{2,39}\]|[a-z0-9._-]{1,253})(?::([1-9][0-9]{0,4}))?$/
const LABEL = /^[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?$/
const IPV4 = /^(?:(?:25[0-5]|2[0-4][0-9]|1[0-9]{2}|[1-9]?[0-9])(?:\.(?!$)|$)){4}$/
const DEFAULT_PORTS: Readonly<Record<Scheme, number>> = { http: 80, https: 443 }

/**
 * Reads an authority as RFC 9421 §2.2.3 wants it: lower case, without the scheme's own port. Names, dotted IPv4 and
 * IPv6 in brackets (made canonical, RFC 5952). Refused, because two readers could differ: userinfo, percent-encoding,
 * a trailing dot, an empty port, numbers that only some take for an address (`127.1`), IPv6 with zone or dotted tail.
 *
 * @param raw as in `Host` or in a URL
 * @param scheme decides which port is the default one
 */
export function parseAuthority(raw: string, scheme: Scheme = 'https'): ParseAuthorityResult {
  if (raw.length > MAX_AUTHORITY_LENGTH) return refused('The authority is too long.')
  const match = AUTHORITY.exec(toLowerCaseAscii(raw))
  const [, rawHost, rawPort] = match ?? []
  if (rawHost === undefined) return refused('The authority is not a host with an optional port.')
  const host = rawHost.startsWith('[') ? canonicalizeIpv6(rawHost.slice(1, -1)) : checkName(rawHost)
  if (host === undefined) return refused('The authority names no valid host.')
  if (rawPort === undefined) return { outcome: 'parsed', authority: host, host }
  const port = Number(rawPort)
  if (port > 65_535) return refused('The port of the authority is out of range.')
  if (port === DEFAULT_PORTS[scheme]) return { outcome: 'parsed', authority: host, host }
  return { outcome: 'parsed', authority: `${host}:${port}`, host, port }
}

/** Only ASCII: `toLowerCase` alone makes `k` of the Kelvin sign. */
function toLowerCaseAscii(text: string): string {
  return text.replace(/[A-Z]+/g, (letters) => letters.toLowerCase())
}

function checkName(name: string): string | undefined {
  const labels = name.split('.')
  if (!labels.every((label) => LABEL.test(label))) return undefined
  // WHATWG URL: a name whose last label is a number is an address, in any of a dozen spellings. Only the plain one here.
  const looksLikeAddress = /^(?:[0-9]+|0x[0-9a-f]*)$/.test(labels.at(-1) ?? '')
  return looksLikeAddress && !IPV4.test(name) ? undefined : name
}

function refused(detail: string): RefusedWithDetail {
  return { outcome: 'refused', detail }
}
