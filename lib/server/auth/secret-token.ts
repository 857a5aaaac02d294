import { createHash, randomBytes } from 'node:crypto'

/**
 * What the beginning of a secret says about it, so that scanners and people recognise one (protocol.md, section 1): API
 * token, gateway key, local administrator, link to choose a password, step of a sign-in.
 */
export type SecretTokenPrefix = 'cst_' | 'csg_' | 'csl_' | 'csu_' | 'cse_'

/** A fresh secret: the prefix and 32 random bytes, base64url. Shown once; only its hash is stored. */
export function createSecretToken(prefix: SecretTokenPrefix): { readonly token: string; readonly hash: Buffer } {
  const token = prefix + randomBytes(32).toString('base64url')
  return { token, hash: hashSecretToken(token) }
}

/** SHA-256 of the whole token. A slow hash would add nothing: the secret has 256 bits. */
export function hashSecretToken(token: string): Buffer {
  return createHash('sha256').update(token, 'utf8').digest()
}

/** Whether a text has the form of a secret with this prefix. */
export function isSecretToken(prefix: SecretTokenPrefix, text: string): boolean {
  return text.length === 47 && text.startsWith(prefix) && /^[A-Za-z0-9_-]{43}$/.test(text.slice(4))
}
