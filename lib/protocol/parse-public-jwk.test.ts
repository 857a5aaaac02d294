import { createPublicKey, generateKeyPairSync } from 'node:crypto'
import { calculateJwkThumbprint } from 'jose'
import { describe, expect, it } from 'vitest'
import { generatorKey, machineSigningKey, vectors } from '../../test/vectors/countersign-v1'
import { checkEd25519Point } from './check-ed25519-point'
import { deriveSharedSecret, parseAgreementPublicJwk, parseSigningPublicJwk } from './index'

const ed25519 = { kty: 'OKP', crv: 'Ed25519', x: vectors.keys.machineSigning.x }
const x25519 = { kty: 'OKP', crv: 'X25519', x: vectors.keys.generator.x }
const p256 = {
  kty: 'EC',
  crv: 'P-256',
  x: 'qIVYZVLCrPZHGHjP17CTW0_-D9Lfw0EkjqF7xB4FivA',
  y: 'Mc4nN9LTDOBhfoUeg8Ye9WedFRhnZXZJA12Qp0zZ6F0',
}
const P = (1n << 255n) - 19n

/** 32 bytes, least significant first. */
function encodeCoordinate(value: bigint): string {
  return Buffer.from(value.toString(16).padStart(64, '0'), 'hex').reverse().toString('base64url')
}

describe('parseSigningPublicJwk', () => {
  it.each([
    ['Ed25519', ed25519],
    ['P-256', p256],
  ])('reads %s and gives the thumbprint that jose gives', async (_, jwk) => {
    const parsed = parseSigningPublicJwk({ ...jwk, kid: 'x', use: 'sig' })
    if (parsed.outcome !== 'parsed') throw new Error(parsed.detail)
    expect(parsed.jwk).toEqual(jwk)
    expect(parsed.thumbprint).toBe(await calculateJwkThumbprint(jwk, 'sha256'))
    expect(parsed.key.type).toBe('public')
  })

  it('takes every key that node makes', () => {
    for (let round = 0; round < 20; round++) {
      const { publicKey } = generateKeyPairSync('ed25519')
      expect(parseSigningPublicJwk(publicKey.export({ format: 'jwk' })).outcome).toBe('parsed')
    }
  })

  it.each([
    ['null', null],
    ['an array', [ed25519]],
    ['a text', 'key'],
    ['no member', {}],
    ['a private key', { ...ed25519, d: vectors.keys.machineSigning.d }],
    ['a symmetric key', { kty: 'oct', k: 'AAAA' }],
    ['an agreement key', x25519],
    ['Ed448', { ...ed25519, crv: 'Ed448' }],
    ['P-384', { ...p256, crv: 'P-384' }],
    ['a member of another type', { ...ed25519, y: p256.y }],
    ['an unknown member', { ...ed25519, x5u: 'https://evil.example' }],
    ['x that is no text', { ...ed25519, x: 1 }],
    ['padding', { ...ed25519, x: `${ed25519.x}=` }],
    ['the alphabet of base64', { ...ed25519, x: ed25519.x.replace('_', '/') }],
    ['spare bits', { ...ed25519, x: `${ed25519.x.slice(0, -1)}5` }],
    ['a short x', { ...ed25519, x: ed25519.x.slice(0, -4) }],
    ['a long x', { ...ed25519, x: 'A'.repeat(10_000) }],
    ['a point off P-256', { ...p256, y: p256.x }],
    ['the point at infinity', { ...p256, x: 'A'.repeat(43), y: 'A'.repeat(43) }],
    ['coordinates cut short', { ...p256, x: p256.x.slice(0, 40) }],
    ['Ed25519 off the curve', { ...ed25519, x: encodeCoordinate(2n) }],
    ['Ed25519 beyond the field', { ...ed25519, x: encodeCoordinate(P + 3n) }],
    ['Ed25519 of order 1', { ...ed25519, x: encodeCoordinate(1n) }],
    ['Ed25519 of order 2', { ...ed25519, x: encodeCoordinate(P - 1n) }],
    ['Ed25519 of order 4', { ...ed25519, x: encodeCoordinate(0n) }],
    ['Ed25519 of order 8', { ...ed25519, x: 'xxdqcD1N2E-6PAt2DRBnDyogU_osOczGTsf9d5KsA3o' }],
    ['Ed25519 of order 8, the other', { ...ed25519, x: 'JuiVj8KyJ7BFw_SJ8u-Y8NXfrAXTxjM5sTgCiG1T_AU' }],
  ])('refuses %s', (_, untrusted) => {
    expect(parseSigningPublicJwk(untrusted)).toMatchObject({ outcome: 'refused' })
  })

  it('says that it wants the public half', () => {
    const sent = { ...ed25519, d: vectors.keys.machineSigning.d }
    const result = parseSigningPublicJwk(sent)
    expect(result.outcome === 'refused' && result.detail).toContain('public half')
    expect(JSON.stringify(parseSigningPublicJwk(sent))).not.toContain(sent.d)
  })

  it('says of a point what is wrong', () => {
    const decode = (value: bigint) => Buffer.from(encodeCoordinate(value), 'base64url')
    expect(checkEd25519Point(decode(2n))).toBe('not_on_curve')
    expect(checkEd25519Point(decode(P))).toBe('not_canonical')
    expect(checkEd25519Point(decode(1n))).toBe('small_order')
    // The sign bit of x does not change the order.
    expect(checkEd25519Point(decode(1n | (1n << 255n)))).toBe('small_order')
    expect(checkEd25519Point(Buffer.alloc(31))).toBe('not_canonical')
  })
})

describe('parseAgreementPublicJwk', () => {
  it('reads X25519', async () => {
    const parsed = parseAgreementPublicJwk({ ...x25519, kid: vectors.keys.generator.thumbprint })
    if (parsed.outcome !== 'parsed') throw new Error(parsed.detail)
    expect(parsed.jwk).toEqual(x25519)
    expect(parsed.thumbprint).toBe(await calculateJwkThumbprint(x25519, 'sha256'))
  })

  it.each([
    ['a signing key', ed25519],
    ['a private key', { ...x25519, d: vectors.keys.generator.d }],
    ['an unknown member', { ...x25519, y: x25519.x }],
    ['padding', { ...x25519, x: `${x25519.x}=` }],
    ['31 bytes', { ...x25519, x: Buffer.alloc(31, 9).toString('base64url') }],
    ['a coordinate beyond the field', { ...x25519, x: encodeCoordinate(P + 9n) }],
    ['the high bit', { ...x25519, x: encodeCoordinate(9n | (1n << 255n)) }],
    ['zero', { ...x25519, x: encodeCoordinate(0n) }],
    ['one', { ...x25519, x: encodeCoordinate(1n) }],
    ['minus one', { ...x25519, x: encodeCoordinate(P - 1n) }],
    ['a point of order 8', { ...x25519, x: '4Ot6fDtBuK4WVuP68Z_EatoJjeucMrH9hmIFFl9JuAA' }],
    ['the other point of order 8', { ...x25519, x: 'X5yVvKNQjCSx0LFVnIPvWwREXMRYHI6G2CJO3dCfEVc' }],
  ])('refuses %s', (_, untrusted) => {
    expect(parseAgreementPublicJwk(untrusted)).toMatchObject({ outcome: 'refused' })
  })
})

describe('deriveSharedSecret', () => {
  it('refuses a result that is all zero, whatever let the key through', () => {
    const low = createPublicKey({ key: { ...x25519, x: encodeCoordinate(1n) }, format: 'jwk' })
    expect(deriveSharedSecret(generatorKey, low)).toMatchObject({ outcome: 'refused' })
  })

  it('refuses keys that are not for agreement', () => {
    const signing = createPublicKey(machineSigningKey)
    expect(deriveSharedSecret(generatorKey, signing)).toMatchObject({ outcome: 'refused' })
    expect(deriveSharedSecret(machineSigningKey, createPublicKey(generatorKey))).toMatchObject({ outcome: 'refused' })
  })
})
