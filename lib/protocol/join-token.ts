import { createPrivateKey, createPublicKey, type KeyObject } from 'node:crypto'
import { decodeBase64url } from './base64'
import { parseSigningPublicJwk } from './parse-signing-public-jwk'
import type { RefusedWithDetail, SigningPublicJwk } from './types'

const TOKEN = /^csj_([0-7][0-9a-hjkmnp-tv-z]{25})_([A-Za-z0-9_-]{43})$/
const JOIN_TOKEN_ID = /^join_([0-7][0-9a-hjkmnp-tv-z]{25})$/
/** RFC 8410 §7: the DER of an Ed25519 private key is this and the seed. */
const PKCS8_PREFIX = Buffer.from('302e020100300506032b657004220420', 'hex')

export type ParsedJoinToken = {
  readonly outcome: 'parsed'
  /** `join_…` */
  readonly joinTokenId: string
  readonly privateKey: KeyObject
  /** What the server keeps. */
  readonly publicJwk: SigningPublicJwk
}

/**
 * Reads a join token, the seed of an Ed25519 key (docs/machine-messages.md). It never travels: it signs.
 *
 * @param token `csj_<26 characters>_<seed>`, from a file or standard input, without whitespace
 */
export function parseJoinToken(token: string): ParsedJoinToken | RefusedWithDetail {
  const [, suffix, rawSeed = ''] = TOKEN.exec(token) ?? []
  const seed = decodeBase64url(rawSeed)
  if (suffix === undefined || seed?.length !== 32) return { outcome: 'refused', detail: 'This is not a join token.' }
  const der = Buffer.concat([PKCS8_PREFIX, seed])
  const privateKey = createPrivateKey({ key: der, format: 'der', type: 'pkcs8' })
  const publicKey = parseSigningPublicJwk(createPublicKey(privateKey).export({ format: 'jwk' }))
  if (publicKey.outcome === 'refused') return publicKey
  return { outcome: 'parsed', joinTokenId: `join_${suffix}`, privateKey, publicJwk: publicKey.jwk }
}

/**
 * @param joinTokenId `join_…`
 * @param seed 32 random bytes
 * @throws TypeError for another id or length
 */
export function formatJoinToken(joinTokenId: string, seed: Uint8Array): string {
  const suffix = JOIN_TOKEN_ID.exec(joinTokenId)?.[1]
  if (suffix === undefined || seed.length !== 32) throw new TypeError('A join token takes an id and 32 random bytes.')
  return `csj_${suffix}_${Buffer.from(seed).toString('base64url')}`
}
