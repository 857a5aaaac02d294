/** RFC 8032 §5.1: p = 2^255 - 19 and the curve -x² + y² = 1 + d x² y². */
const P = (1n << 255n) - 19n
const D = 37095705934669439343138083508754565189542113879843219016388785533085940283555n
/** The y of the two classes of points of order 8; with 0, 1 and -1 they are all points of small order. */
const ORDER_8_Y = 55188659117513257062467267217118295137698188065244968500265048394206261417927n
const SMALL_ORDER_Y: ReadonlySet<bigint> = new Set([0n, 1n, P - 1n, ORDER_8_Y, P - ORDER_8_Y])

/**
 * Says whether 32 bytes are an Ed25519 public key that can be anybody's. OpenSSL takes any 32 bytes, and under a
 * point of small order one signature verifies for many messages.
 *
 * @param encoded 32 bytes, RFC 8032 §5.1.2
 * @returns `valid`, or what is wrong: not the canonical encoding, not on the curve, small order
 */
export function checkEd25519Point(encoded: Uint8Array): 'valid' | 'not_canonical' | 'not_on_curve' | 'small_order' {
  const y = readLittleEndian(encoded) & ((1n << 255n) - 1n)
  if (encoded.length !== 32 || y >= P) return 'not_canonical'
  if (SMALL_ORDER_Y.has(y)) return 'small_order'
  const ySquared = (y * y) % P
  const numerator = (ySquared - 1n + P) % P
  const denominator = (D * ySquared + 1n) % P
  // x² = u/v has a root exactly when u·v is a square (Euler's criterion); x = 0 is of small order, ruled out above.
  return power((numerator * denominator) % P, (P - 1n) / 2n) === 1n ? 'valid' : 'not_on_curve'
}

/** The bytes as a number, the least significant first. */
export function readLittleEndian(bytes: Uint8Array): bigint {
  return BigInt(`0x${Buffer.from(bytes).reverse().toString('hex') || '0'}`)
}

function power(base: bigint, exponent: bigint): bigint {
  let result = 1n
  let square = base
  for (let rest = exponent; rest > 0n; rest >>= 1n) {
    if (rest & 1n) result = (result * square) % P
    square = (square * square) % P
  }
  return result
}
