import { createHash, randomBytes } from 'node:crypto'
import { formatRecoveryCode, normalizeRecoveryCode, recoveryCodeCount } from '@/lib/domain/operator/recovery-code'

/** Fresh codes and what is stored of them. They are shown once. */
export function makeRecoveryCodeSet(): { readonly codes: string[]; readonly hashes: Buffer[] } {
  const codes = Array.from({ length: recoveryCodeCount }, () => formatRecoveryCode(randomBytes(16)))
  return { codes, hashes: codes.map((code) => hashRecoveryCode(code)).filter((hash) => hash !== null) }
}

/** Null for what is no recovery code at all. A slow hash would add little: each code has 80 random bits. */
export function hashRecoveryCode(typed: string): Buffer | null {
  const letters = normalizeRecoveryCode(typed)
  return letters === null ? null : createHash('sha256').update(`recovery code:${letters}`).digest()
}
