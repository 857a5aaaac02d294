import { randomFillSync } from 'node:crypto'

/** Random bytes are drawn for many ids at once: one call of the generator costs more than an id. */
const pool = Buffer.alloc(4096)
let used = pool.length

/**
 * A fresh UUIDv7 (RFC 9562 section 5.7) in text form: 48 bits of milliseconds, then 74 random bits. Ordered by time, so that
 * new rows go to the end of their index.
 */
export function newUuid(): string {
  if (used === pool.length) {
    randomFillSync(pool)
    used = 0
  }
  const random = pool.toString('hex', used, used + 10)
  // What was given out is not kept.
  pool.fill(0, used, used + 10)
  used += 10
  if (used + 10 > pool.length) used = pool.length
  const time = Date.now().toString(16).padStart(12, '0')
  const variant = '89ab'.charAt(parseInt(random.charAt(4), 16) & 3)
  return `${time.slice(0, 8)}-${time.slice(8)}-7${random.slice(1, 4)}-${variant}${random.slice(5, 8)}-${random.slice(8)}`
}
