import { expect, test } from 'vitest'
import { newUuid } from './new-uuid'

const count = 20_000

test('a new UUID is of version 7 and variant 1, begins with now, and comes once', () => {
  const before = Date.now()
  const made = Array.from({ length: count }, newUuid)
  const after = Date.now()
  expect(new Set(made).size).toBe(count)
  for (const uuid of made) {
    expect(uuid).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/)
    const time = parseInt(uuid.slice(0, 8) + uuid.slice(9, 13), 16)
    expect(time >= before && time <= after).toBe(true)
  }
})

test('each of its 74 random bits is a coin', () => {
  const ones = new Array<number>(128).fill(0)
  for (let made = 0; made < count; made += 1) {
    const bits = BigInt(`0x${newUuid().replaceAll('-', '')}`)
    for (let at = 0; at < 80; at += 1) ones[at] = (ones[at] ?? 0) + Number((bits >> BigInt(at)) & 1n)
  }
  // Bits 62 and 63 are the variant, 76 to 79 the version. Seven standard deviations around the half.
  const random = ones.slice(0, 76).filter((_, at) => at !== 62 && at !== 63)
  const margin = 7 * Math.sqrt(count / 4)
  expect(random).toHaveLength(74)
  for (const share of random) expect(Math.abs(share - count / 2)).toBeLessThan(margin)
})
