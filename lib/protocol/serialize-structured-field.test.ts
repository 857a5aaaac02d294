/** One writing for each structured value (RFC 9651 §4.1), whatever spelling came. */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { serializeDictionaryMember, serializeStructuredField } from './serialize-structured-field'
import { splitDictionary } from './split-dictionary'
import type { StructuredFieldType } from './types'

describe('serializeStructuredField', () => {
  it.each<[StructuredFieldType, string, string | undefined]>([
    ['dictionary', 'a=1,\t b ; x=1.0 ;y, c=( "s"   t ;q=?0  )', undefined],
    ['dictionary', 'a=1,\t b; x=1.0;y, c=( "s"   t; q=?0  )', 'a=1, b;x=1.0;y, c=("s" t;q=?0)'],
    ['dictionary', '', ''],
    ['dictionary', 'a=-0, b=-0.0, c=1.500, d=0010', 'a=0, b=0.0, c=1.5, d=10'],
    ['dictionary', 'a="1.0;x", b=:MS4w:, a1.0=2.0', 'a="1.0;x", b=:MS4w:, a1.0=2.0'],
    ['dictionary', 'a=t1.0;b=2.0, c=@1, d=%"1.0;%22"', 'a=t1.0;b=2.0, c=@1, d=%"1.0;%22"'],
    ['dictionary', 'a="\\"1.0;\\\\";x=3.0', 'a="\\"1.0;\\\\";x=3.0'],
    ['dictionary', 'a=1, a=1', undefined],
    ['dictionary', 'a;x=1;x=1', undefined],
    ['dictionary', 'a=(b;x;x)', undefined],
    ['dictionary', 'A=1', undefined],
    ['dictionary', 'a=1,', undefined],
    ['dictionary', 'a=1.2345', undefined],
    ['list', 'a,b ,  (c  d);e=1.0', 'a, b, (c d);e=1.0'],
    ['list', 'a, a', 'a, a'],
    ['list', 'a,', undefined],
    ['list', '', ''],
    ['item', ' 1.0;a ', '1.0;a'],
    ['item', '?1;a=?1', '?1;a'],
    ['item', 'a, b', undefined],
    ['item', 'a;x=1;y;x=2', undefined],
    ['item', '', undefined],
    ['item', '@1659578233', '@1659578233'],
    ['item', '@999999999999999', undefined],
  ])('%s: %j', (type, value, written) => {
    expect(serializeStructuredField(value, type)).toBe(written)
  })

  it.each<[string, string, string]>([
    ['a=1.0;b=2', 'a', '1.0;b=2'],
    ['a=1.0;b=2, c;d=4.0', 'c', '?1;d=4.0'],
    ['a=( 1.0  2 )', 'a', '(1.0 2)'],
  ])('the member of %j', (value, key, text) => {
    const member = splitDictionary(value)?.get(key)
    expect(member && serializeDictionaryMember(member)).toBe(text)
  })

  const bare = fc.oneof(
    fc.integer({ min: -999, max: 999 }).map(String),
    fc.tuple(fc.nat(999), fc.nat(9)).map(([whole, tenths]) => `${whole}.${tenths}`),
    fc.string({ unit: fc.constantFrom(...Array.from('a.1;,=: ')), maxLength: 5 }).map((text) => `"${text}"`),
    fc.uint8Array({ maxLength: 4 }).map((bytes) => `:${Buffer.from(bytes).toString('base64')}:`),
    // No dates: the library reads them at the end of a text only, and refuses them elsewhere.
    fc.constantFrom('?0', 'token', 't/1.0', '*a:b', '%"1.0%25"'),
  )
  const key = fc.constantFrom('a', 'b1.0', '*c', 'd-e_f')
  const item = fc
    .tuple(bare, fc.uniqueArray(key, { maxLength: 2 }), bare)
    .map(([value, keys, of]) => value + keys.map((name) => `;${name}=${of}`).join(''))
  const member = fc.oneof(
    item,
    fc.array(item, { maxLength: 3 }).map((items) => `(${items.join(' ')})`),
  )
  const canonical = fc
    .uniqueArray(fc.tuple(key, member), { minLength: 1, maxLength: 4, selector: ([name]) => name })
    .map((members) => members.map(([name, value]) => `${name}=${value}`).join(', '))

  it('leaves what is in its one form, and knows each member of it', () => {
    fc.assert(
      fc.property(canonical, (value) => {
        expect(serializeStructuredField(value, 'dictionary')).toBe(value)
      }),
    )
  })

  it('writes what a change of a value changed', () => {
    fc.assert(
      fc.property(canonical, canonical, (one, other) => {
        const isSame = serializeStructuredField(one, 'dictionary') === serializeStructuredField(other, 'dictionary')
        expect(isSame).toBe(one === other)
      }),
    )
  })

  it('is done with what it wrote, and never throws', () => {
    const text = fc.string({ unit: fc.constantFrom(...Array.from('ab1.0-;=, "\\:()?@%*\t')), maxLength: 16 })
    fc.assert(
      fc.property(text, fc.constantFrom('item', 'list', 'dictionary'), (value, type) => {
        const written = serializeStructuredField(value, type)
        if (written !== undefined) expect(serializeStructuredField(written, type)).toBe(written)
      }),
      { numRuns: 2_000 },
    )
  })
})
