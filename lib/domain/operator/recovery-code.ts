/** RFC 4648's base32, which has neither 0 and O nor 1 and l side by side. */
const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567'

export const recoveryCodeCount = 10

/** 80 bits in four groups: `ABCD-EFGH-IJKL-MNOP`. Input: 16 random bytes, of which each gives five bits. */
export function formatRecoveryCode(random: Uint8Array): string {
  const letters = [...random.subarray(0, 16)].map((byte) => alphabet[byte & 31] ?? '').join('')
  return (letters.match(/.{4}/g) ?? []).join('-')
}

/** What was typed as the 16 letters that are hashed, or null: case, blanks and dashes are how people write it down. */
export function normalizeRecoveryCode(typed: string): string | null {
  const letters = typed.replace(/[\s-]/g, '').toUpperCase()
  return /^[A-Z2-7]{16}$/.test(letters) ? letters : null
}
