import type { KeyObject } from 'node:crypto'
import type { HmacSha256 } from '@/lib/protocol'

export interface GeneratorKey {
  readonly kid: string
  readonly publicJwk: { readonly kty: 'OKP'; readonly crv: 'X25519'; readonly x: string }
  readonly privateKey: KeyObject
  readonly createdAt: Date
}

export interface AssertionKey {
  readonly kid: string
  readonly publicJwk: { readonly kty: 'EC'; readonly crv: 'P-256'; readonly x: string; readonly y: string }
  readonly privateKey: KeyObject
}

/**
 * The deployment's own keys, opened in memory (protocol.md, section 2).
 *
 * The operations that return promises may open a transaction of their own: never call them inside one (the embedded
 * database has a single connection, and it would wait for itself).
 */
export interface DeploymentKeys {
  /** The generator key that new generations are bound to; a new one is made when it is older than 24 h. */
  currentGenerator(): Promise<GeneratorKey>
  /** The generator key of an existing generation, or null when it was destroyed. Read once, then from memory. */
  findGenerator(kid: string): Promise<GeneratorKey | null>
  /** Forgets what another node (or the maintenance) has destroyed or replaced. Call it on the notice `keys`. */
  refresh(): Promise<void>
  /** The key that signs assertions and enrolment answers. */
  assertion(): AssertionKey
  /** Public halves for `/.well-known/jwks.json`, the signing one first. */
  assertionPublicKeys(): readonly (AssertionKey['publicJwk'] & { readonly kid: string })[]
  /** For hashes of query strings in records. */
  queryHashKey(): HmacSha256
}
