import type { ServiceEntry } from '../server/parse-answer-claims'

/** The service that an authority and path belong to; the longest path prefix wins, a prefix ends at a segment. */
export function findService(
  services: readonly ServiceEntry[],
  authority: string,
  path: string,
): ServiceEntry | undefined {
  let best: { entry: ServiceEntry; length: number } | undefined
  for (const entry of services) {
    for (const place of entry.authorities) {
      if (place.authority.toLowerCase() !== authority) continue
      const prefix = place.pathPrefix.replace(/\/$/, '')
      if (prefix !== '' && path !== prefix && !path.startsWith(`${prefix}/`)) continue
      if (best === undefined || prefix.length > best.length) best = { entry, length: prefix.length }
    }
  }
  return best?.entry
}
