import { isUnderPathPrefix } from './path-prefix'

/** Where a service is reached: canonical authority, canonical prefix. */
export interface ServiceAuthority {
  readonly authority: string
  readonly pathPrefix: string
}

/**
 * The first pair of two services that some request would belong to both of, or null.
 * An authority with its prefix belongs to exactly one service (protocol.md, section 4).
 */
export function findAuthorityOverlap<Theirs extends ServiceAuthority>(
  ours: readonly ServiceAuthority[],
  theirs: readonly Theirs[],
): { readonly ours: ServiceAuthority; readonly theirs: Theirs } | null {
  for (const our of ours) {
    for (const their of theirs) {
      if (our.authority !== their.authority) continue
      if (isUnderPathPrefix(our.pathPrefix, their.pathPrefix) || isUnderPathPrefix(their.pathPrefix, our.pathPrefix)) {
        return { ours: our, theirs: their }
      }
    }
  }
  return null
}
