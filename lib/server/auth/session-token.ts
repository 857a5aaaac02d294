import { createHash, randomBytes } from 'node:crypto'
import { decode } from 'next-auth/jwt'
import type { MasterKey } from '../keys/master-key'

/** What next-auth encrypts its JWT with: derived from the master key, the same on every node. */
export function sessionSecret(masterKey: MasterKey): string {
  return masterKey.deriveKey('session').export().toString('base64url')
}

/** A fresh session id: it stands in the JWT alone; the row has its hash. */
export function createSessionSecret(): { readonly secret: string; readonly hash: Buffer } {
  const secret = randomBytes(32).toString('base64url')
  return { secret, hash: hashSessionSecret(secret) }
}

export function hashSessionSecret(secret: string): Buffer {
  return createHash('sha256').update(`session:${secret}`, 'utf8').digest()
}

/**
 * The session id in a cookie's JWT, or null when it is not one of ours or has expired. That says nothing about the session:
 * only its row does.
 */
export async function readSessionToken(masterKey: MasterKey, token: string): Promise<string | null> {
  if (token.length > 4096) return null
  try {
    return sessionIdOf(await decode({ token, secret: sessionSecret(masterKey) }))
  } catch {
    return null
  }
}

/** The session id among a JWT's claims. */
export function sessionIdOf(claims: Readonly<Record<string, unknown>> | null): string | null {
  const id = claims?.sid
  return typeof id === 'string' && /^[A-Za-z0-9_-]{43}$/.test(id) ? id : null
}
