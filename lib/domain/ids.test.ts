import fc from 'fast-check'
import { TypeID } from 'typeid-js'
import { expect, test } from 'vitest'
import { formatId, parseId } from './ids'

const uuid = '0198f5a0-7c1e-7000-8000-0123456789ab'

test('an id comes back as the UUID that it was made of', () => {
  const id = formatId('mach', uuid)
  expect(id).toBe('mach_01k3tt0z0ye00800014d2pf2db')
  expect(parseId('mach', id)).toBe(uuid)
})

test.each([
  'mach_01K3TT0Z0YE00800014D2PF2DB',
  'mach_81k3tt0z0ye00800014d2pf2db',
  'mach_01k3tt0z0ye00800014d2pf2d',
  'mach_01k3tt0z0ye00800014d2pf2dbb',
  'svc_01k3tt0z0ye00800014d2pf2db',
  'mach_01k3tt0z0ye00800014d2pf2di',
  'mach_',
  'mach_01jzzzzzzzzzzzzzzzzzzzzzzz',
  '',
])('%j is no machine id', (text) => expect(parseId('mach', text)).toBeNull())

test.each(['mach_01k3tt0z0ye00800014d2pf2db', uuid.toUpperCase(), uuid.slice(1), ''])('no id is made of %j', (text) => {
  expect(() => formatId('mach', text)).toThrow(TypeError)
})

test('an id is the one that the library of TypeIDs makes', () => {
  fc.assert(
    fc.property(fc.uuid({ version: [1, 4, 7] }), (made) => {
      expect(formatId('dec', made)).toBe(TypeID.fromUUID('dec', made).toString())
      expect(parseId('dec', formatId('dec', made))).toBe(made)
    }),
    { numRuns: 2_000 },
  )
})
