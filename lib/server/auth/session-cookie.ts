import { headerLines, type RequestFacts } from './request-facts'

/**
 * `__Host-` (RFC 6265bis, section 4.1.3.2): Secure, no Domain, the whole path; no sibling host can set one. Chromium and
 * Firefox take Secure cookies from loopback over plain HTTP as well, so there is one name for both.
 */
export const sessionCookie = '__Host-countersign-session'
export const csrfCookie = '__Host-countersign-csrf'
export const callbackCookie = '__Host-countersign-callback'
export const browserCookie = '__Host-countersign-browser'

/** The value of a cookie; null when it is missing or there are two, of which one must be somebody else's. */
export function findCookie(request: RequestFacts, name: string): string | null {
  const pairs = headerLines(request, 'cookie')
    .join(';')
    .split(';')
    .map((pair) => pair.trim())
  const values = pairs.filter((pair) => pair.startsWith(`${name}=`)).map((pair) => pair.slice(name.length + 1))
  return values.length === 1 ? (values[0] ?? null) : null
}

/** Whether there is anything under the name, even what cannot be used. */
export function hasCookie(request: RequestFacts, name: string): boolean {
  return headerLines(request, 'cookie').some((line) =>
    line.split(';').some((pair) => pair.trim().startsWith(`${name}=`)),
  )
}
