import { parseAuthority } from '@/lib/protocol'
import type { ServiceRecord } from './verification-types'

export type AuthorityMatch =
  { readonly outcome: 'matched'; readonly authority: string } | { readonly outcome: 'refused'; readonly detail: string }

/**
 * Which of the service's authorities the signature base uses (protocol.md, section 4). With one it is that one, whatever
 * the client named; with several the reported host picks among them. A header alone is never believed: the MAC decides.
 */
export function matchAuthority(
  service: ServiceRecord,
  path: string,
  targetAuthority: string | undefined,
  reportedAuthority: string | undefined,
): AuthorityMatch {
  const authority = pickAuthority(service, reportedAuthority)
  if (authority === undefined) {
    return { outcome: 'refused', detail: 'The host that the gateway reports is not one of the service’s.' }
  }
  if (targetAuthority !== undefined && targetAuthority !== authority) {
    return { outcome: 'refused', detail: 'The request-target names another host than the service’s.' }
  }
  const isInside = service.authorities.some(
    (entry) => entry.authority === authority && hasPrefix(path, entry.pathPrefix),
  )
  if (!isInside) return { outcome: 'refused', detail: 'The path is outside of the service’s.' }
  return { outcome: 'matched', authority }
}

/** Whether the host that the gateway reports is one of the service's; a gateway that reports none is not at odds with it. */
export function isReportedAuthorityKnown(service: ServiceRecord, reportedAuthority: string | undefined): boolean {
  return reportedAuthority === undefined || findReported(service, reportedAuthority) !== undefined
}

function pickAuthority(service: ServiceRecord, reportedAuthority: string | undefined): string | undefined {
  const first = service.authorities[0]?.authority
  if (service.authorities.every((entry) => entry.authority === first)) return first
  return reportedAuthority === undefined ? undefined : findReported(service, reportedAuthority)
}

/** The scheme that the client used is not known here, so the default port of either may be left out or written. */
function findReported(service: ServiceRecord, reportedAuthority: string): string | undefined {
  for (const scheme of ['https', 'http'] as const) {
    const parsed = parseAuthority(reportedAuthority, scheme)
    if (parsed.outcome === 'refused') return undefined
    const found = service.authorities.find((entry) => entry.authority === parsed.authority)
    if (found) return found.authority
  }
  return undefined
}

/** `/v1` holds `/v1` and `/v1/…`, not `/v10`. */
function hasPrefix(path: string, prefix: string): boolean {
  if (prefix === '/') return true
  const bare = prefix.endsWith('/') ? prefix.slice(0, -1) : prefix
  return path === bare || path.startsWith(`${bare}/`)
}
