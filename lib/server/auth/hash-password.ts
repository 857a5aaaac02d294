import { randomBytes, scrypt, timingSafeEqual } from 'node:crypto'

/** OWASP Password Storage Cheat Sheet: scrypt with N=2^17, r=8, p=1. It takes 128 MiB and about 0.4 s. */
const cost = { logN: 17, r: 8, p: 1 } as const
const maxmem = 256 * 1024 * 1024
const hashBytes = 32

/** A password as the database keeps it: `$scrypt$ln=17,r=8,p=1$<salt>$<hash>`, base64 without padding. */
export async function hashPassword(password: string): Promise<string> {
  const salt = randomBytes(16)
  const hash = await derive(password, salt, cost)
  return `$scrypt$ln=${cost.logN},r=${cost.r},p=${cost.p}$${unpadded(salt)}$${unpadded(hash)}`
}

/** Compares in constant time. An encoding that it does not know is a mismatch. */
export async function verifyPassword(
  password: string,
  encoded: string,
): Promise<{ readonly outcome: 'verified' } | { readonly outcome: 'refused' }> {
  const match = /^\$scrypt\$ln=(1[4-8]),r=(8),p=([1-4])\$([A-Za-z0-9+/]{22})\$([A-Za-z0-9+/]{43})$/.exec(encoded)
  if (match === null) return { outcome: 'refused' }
  const [, logN, r, p, salt = '', expected = ''] = match
  const hash = await derive(password, Buffer.from(salt, 'base64'), { logN: Number(logN), r: Number(r), p: Number(p) })
  return timingSafeEqual(hash, Buffer.from(expected, 'base64')) ? { outcome: 'verified' } : { outcome: 'refused' }
}

/** NFC, so that the same password typed on another keyboard is the same (RFC 8265, section 4.2.2). */
function derive(
  password: string,
  salt: Uint8Array,
  { logN, r, p }: { readonly logN: number; readonly r: number; readonly p: number },
): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    scrypt(password.normalize('NFC'), salt, hashBytes, { N: 2 ** logN, r, p, maxmem }, (error, key) =>
      error === null ? resolve(key) : reject(error),
    )
  })
}

function unpadded(bytes: Buffer): string {
  return bytes.toString('base64').replace(/=+$/, '')
}
