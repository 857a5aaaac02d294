import { createHmac, createSecretKey, randomBytes } from 'node:crypto'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { HmacSha256 } from './hmac-sha256'

/** RFC 4231 section 4, the cases whose key has at most 64 bytes and whose data is text. */
const published = [
  ['0b'.repeat(20), 'Hi There', 'b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7'],
  [
    Buffer.from('Jefe').toString('hex'),
    'what do ya want for nothing?',
    '5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843',
  ],
] as const

describe('HMAC-SHA256 for every request', () => {
  test.each(published)('is that of RFC 4231 under the key %s', (key, text, mac) => {
    expect(macUnder(Buffer.from(key, 'hex'), text).toString('hex')).toBe(mac)
  })

  test('is that of createHmac, for keys of every length up to a block and texts of every kind and length', () => {
    fc.assert(
      fc.property(
        fc.uint8Array({ minLength: 1, maxLength: 64 }),
        fc.oneof(fc.string(), fc.string({ unit: 'binary', maxLength: 3_000 }), longText),
        (key, text) => {
          expect(macUnder(key, text).equals(createHmac('sha256', key).update(text).digest())).toBe(true)
        },
      ),
      { numRuns: 300 },
    )
  })

  test('is that of its own key, also after a longer message under another', () => {
    const [first, second] = [randomBytes(32), randomBytes(32)]
    const hmac = new HmacSha256(createSecretKey(first))
    const before = hmac.compute('GET /orders')
    macUnder(second, 'é'.repeat(1_300))
    expect(hmac.compute('GET /orders')).toEqual(before)
    expect(macUnder(second, 'GET /orders')).not.toEqual(before)
    expect(before).toEqual(createHmac('sha256', first).update('GET /orders').digest())
  })

  test('takes no key that RFC 2104 would hash first', () => {
    expect(() => new HmacSha256(createSecretKey(randomBytes(65)))).toThrow(TypeError)
  })
})

/** Around the length up to which messages share a buffer: units of one to three bytes. */
const longText = fc
  .tuple(fc.constantFrom('a', 'é', '€', '𝒳'), fc.integer({ min: 1_300, max: 1_400 }))
  .map(([unit, count]) => unit.repeat(count))

function macUnder(key: Uint8Array, text: string): Buffer {
  return new HmacSha256(createSecretKey(key)).compute(text)
}
