/** RFC 9421 §3.3 and §7.3.6: an algorithm takes its own kind of key and its own form of signature, and nothing near it. */
import {
  constants,
  createHmac,
  createPublicKey,
  createSecretKey,
  generateKeyPairSync,
  sign,
  type KeyObject,
} from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { findRfc9421Key, importRfc9421Key } from '../../test/vectors/rfc9421'
import { PROFILE, vectorRequest } from '../../test/vectors/countersign-v1'
import { checkSignature } from './check-signature'
import {
  parseRequestCredential,
  verifyMessageSignature,
  type HttpField,
  type MessageSignatureAlgorithm,
  type RequestMessage,
} from './index'
import { plainRequest } from './testing/mac-message'

type Pair = { readonly privateKey: KeyObject; readonly publicKey: KeyObject }
type Signer = (base: Buffer) => Buffer

const PARAMS = '("@method");keyid="k"'
const BASE = Buffer.from(`"@method": GET\n"@signature-params": ${PARAMS}`)

const secret = importRfc9421Key('test-shared-secret')
const rsa = pairOf(importRfc9421Key('test-key-rsa'))
const p256 = pairOf(importRfc9421Key('test-key-ecc-p256'))
const ed25519 = pairOf(importRfc9421Key('test-key-ed25519'))
const p384 = generateKeyPairSync('ec', { namedCurve: 'P-384' })
const PSS = constants.RSA_PKCS1_PSS_PADDING

function pairOf(privateKey: KeyObject): Pair {
  return { privateKey, publicKey: createPublicKey(privateKey) }
}

const pss = (key: KeyObject, digest = 'sha512', saltLength = 64): Buffer =>
  sign(digest, BASE, { key, padding: PSS, saltLength })
const ecdsa = (key: KeyObject, digest: string, dsaEncoding: 'ieee-p1363' | 'der' = 'ieee-p1363'): Buffer =>
  sign(digest, BASE, { key, dsaEncoding })

function verifyWith(alg: string, key: KeyObject, signature: Buffer, params = PARAMS) {
  const headers: HttpField[] = [
    ['Signature-Input', `sig=${params}`],
    ['Signature', `sig=:${signature.toString('base64')}:`],
  ]
  const message: RequestMessage = { ...plainRequest, headers }
  return verifyMessageSignature(message, { resolveKey: () => ({ alg, key }), now: 0, requiredComponents: [] })
}

const good: Readonly<Record<MessageSignatureAlgorithm, { key: KeyObject; sign: Signer }>> = {
  'hmac-sha256': { key: secret, sign: (base) => createHmac('sha256', secret).update(base).digest() },
  ed25519: { key: ed25519.publicKey, sign: (base) => sign(null, base, ed25519.privateKey) },
  'ecdsa-p256-sha256': { key: p256.publicKey, sign: () => ecdsa(p256.privateKey, 'sha256') },
  'ecdsa-p384-sha384': { key: p384.publicKey, sign: () => ecdsa(p384.privateKey, 'sha384') },
  'rsa-pss-sha512': { key: rsa.publicKey, sign: () => pss(rsa.privateKey) },
  'rsa-v1_5-sha256': { key: rsa.publicKey, sign: (base) => sign('sha256', base, rsa.privateKey) },
}
const names = Object.keys(good) as MessageSignatureAlgorithm[]

describe('each algorithm', () => {
  it.each(names)('%s takes what its own key signed', (alg) => {
    expect(verifyWith(alg, good[alg].key, good[alg].sign(BASE))).toMatchObject({ outcome: 'verified', alg })
  })

  it.each(names)('%s takes no other kind of key, and no signature of another algorithm', (alg) => {
    for (const other of names.filter((name) => name !== alg)) {
      const { key, sign: signOther } = good[other]
      const isSameKey = key === good[alg].key
      if (!isSameKey) expect(verifyWith(alg, key, signOther(BASE))).toMatchObject({ code: 'algorithm_not_allowed' })
      expect(verifyWith(alg, good[alg].key, signOther(BASE)).outcome).toBe('refused')
    }
  })

  it.each(names)('%s is not taken under the name of another', (alg) => {
    for (const claimed of [...names.filter((name) => name !== alg), alg.toUpperCase(), '']) {
      const params = `("@method");keyid="k";alg="${claimed}"`
      expect(verifyWith(alg, good[alg].key, good[alg].sign(BASE), params)).toMatchObject({
        outcome: 'refused',
        code: 'algorithm_not_allowed',
      })
    }
  })

  it.each(names)('%s takes no signature of another length, whoever did not look before', (alg) => {
    const key = { alg, key: good[alg].key }
    const signature = good[alg].sign(BASE)
    expect(checkSignature(BASE.toString(), signature, key)).toEqual({ outcome: 'valid' })
    for (const other of [Buffer.alloc(0), signature.subarray(1), Buffer.concat([signature, Buffer.alloc(1)])]) {
      expect(checkSignature(BASE.toString(), other, key)).toMatchObject({ code: 'signature_invalid' })
    }
  })

  it('of other names is none', () => {
    for (const alg of ['none', '', 'HMAC-SHA256', 'rsa-v1_5-sha1', 'ecdsa-p521-sha512', 'toString', '__proto__']) {
      expect(verifyWith(alg, secret, good['hmac-sha256'].sign(BASE))).toMatchObject({ code: 'algorithm_not_allowed' })
    }
  })
})

describe('hmac-sha256', () => {
  it('takes a public key neither as it is nor when a resolver believes the name in the message', () => {
    const pem = rsa.publicKey.export({ format: 'pem', type: 'spki' })
    const forged = createHmac('sha256', pem).update(BASE).digest()
    expect(verifyWith('hmac-sha256', rsa.publicKey, forged)).toMatchObject({ code: 'algorithm_not_allowed' })
    const params = '("@method");keyid="k";alg="hmac-sha256"'
    const base = `"@method": GET\n"@signature-params": ${params}`
    const mac = createHmac('sha256', pem).update(base).digest()
    expect(verifyWith('rsa-pss-sha512', rsa.publicKey, mac, params)).toMatchObject({ code: 'algorithm_not_allowed' })
    expect(verifyWith('hmac-sha256', rsa.publicKey, mac, params)).toMatchObject({ code: 'algorithm_not_allowed' })
  })

  it('refuses the empty secret, and a truncated MAC', () => {
    const empty = createSecretKey(Buffer.alloc(0))
    const mac = createHmac('sha256', empty).update(BASE).digest()
    expect(verifyWith('hmac-sha256', empty, mac)).toMatchObject({ code: 'algorithm_not_allowed' })
    const truncated = good['hmac-sha256'].sign(BASE).subarray(0, 16)
    expect(verifyWith('hmac-sha256', secret, truncated)).toMatchObject({ code: 'credential_malformed' })
  })
})

describe('ECDSA', () => {
  it('is r and s of full length, not DER', () => {
    for (const [alg, { privateKey, publicKey }, digest] of [
      ['ecdsa-p256-sha256', p256, 'sha256'],
      ['ecdsa-p384-sha384', p384, 'sha384'],
    ] as const) {
      const der = ecdsa(privateKey, digest, 'der')
      expect(verifyWith(alg, publicKey, der)).toMatchObject({ outcome: 'refused', code: 'credential_malformed' })
      const size = ecdsa(privateKey, digest).length
      const padded = Buffer.concat([der, Buffer.alloc(size)]).subarray(0, size)
      expect(verifyWith(alg, publicKey, padded)).toMatchObject({ outcome: 'refused', code: 'signature_invalid' })
      for (const byte of [0, 0xff]) {
        expect(verifyWith(alg, publicKey, Buffer.alloc(size, byte))).toMatchObject({ code: 'signature_invalid' })
      }
    }
  })

  it('takes the higher s as well: the RFC does, only the profile does not', () => {
    const outcomes = Array.from({ length: 40 }, () =>
      verifyWith('ecdsa-p256-sha256', p256.publicKey, ecdsa(p256.privateKey, 'sha256')),
    )
    expect(new Set(outcomes.map(({ outcome }) => outcome))).toEqual(new Set(['verified']))
  })

  it('takes its own curve and hash alone', () => {
    for (const namedCurve of ['secp256k1', 'P-521', 'P-384']) {
      const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve })
      expect(verifyWith('ecdsa-p256-sha256', publicKey, ecdsa(privateKey, 'sha256'))).toMatchObject({
        code: 'algorithm_not_allowed',
      })
    }
    expect(verifyWith('ecdsa-p384-sha384', p384.publicKey, ecdsa(p384.privateKey, 'sha256'))).toMatchObject({
      code: 'signature_invalid',
    })
  })
})

describe('RSA', () => {
  it('refuses keys under 2048 bits', () => {
    const modulus = Buffer.from(rsa.publicKey.export({ format: 'jwk' }).n ?? '', 'base64url')
    modulus[0] = 0x7f
    const key = createPublicKey({ key: { kty: 'RSA', n: modulus.toString('base64url'), e: 'AQAB' }, format: 'jwk' })
    expect(key.asymmetricKeyDetails?.modulusLength).toBe(2_047)
    for (const alg of ['rsa-pss-sha512', 'rsa-v1_5-sha256']) {
      expect(verifyWith(alg, key, Buffer.alloc(256))).toMatchObject({ code: 'algorithm_not_allowed' })
    }
  })

  it('refuses an exponent with which a text is its own signature, and keys whose work has no bound', () => {
    const { n = '' } = rsa.publicKey.export({ format: 'jwk' })
    const even = Buffer.from(n, 'base64url')
    even[even.length - 1] = 0
    const wide = Buffer.alloc(1_025, 0xff).toString('base64url')
    for (const jwk of [
      { n, e: 'AQ' },
      { n, e: 'Aw' },
      { n, e: 'AQAA' },
      { n, e: 'AQAC' },
      { n: wide, e: 'AQAB' },
    ]) {
      const key = createPublicKey({ key: { kty: 'RSA', ...jwk }, format: 'jwk' })
      for (const alg of ['rsa-pss-sha512', 'rsa-v1_5-sha256']) {
        expect(verifyWith(alg, key, Buffer.alloc(Buffer.from(jwk.n, 'base64url').length))).toMatchObject({
          code: 'algorithm_not_allowed',
        })
      }
    }
    const key = createPublicKey({ key: { kty: 'RSA', n: even.toString('base64url'), e: 'AQAB' }, format: 'jwk' })
    for (const alg of ['rsa-pss-sha512', 'rsa-v1_5-sha256']) {
      expect(verifyWith(alg, key, Buffer.alloc(256, 1)).outcome).toBe('refused')
    }
  })

  it('PSS is SHA-512 with 64 bytes of salt', () => {
    for (const [digest, saltLength] of [
      ['sha512', 32],
      ['sha512', 0],
      ['sha512', constants.RSA_PSS_SALTLEN_MAX_SIGN],
      ['sha256', 64],
      ['sha256', 32],
    ] as const) {
      expect(verifyWith('rsa-pss-sha512', rsa.publicKey, pss(rsa.privateKey, digest, saltLength))).toMatchObject({
        outcome: 'refused',
        code: 'signature_invalid',
      })
    }
    expect(verifyWith('rsa-v1_5-sha256', rsa.publicKey, sign('sha512', BASE, rsa.privateKey))).toMatchObject({
      code: 'signature_invalid',
    })
  })

  it('a key that is for PSS signs PSS, with the hashes that it names', () => {
    const signature = pss(rsa.privateKey)
    for (const key of [forPss(rsa.publicKey), forPss(rsa.publicKey, 'sha512', 'sha512', 64)]) {
      expect(key.asymmetricKeyType).toBe('rsa-pss')
      expect(verifyWith('rsa-pss-sha512', key, signature).outcome).toBe('verified')
      expect(verifyWith('rsa-v1_5-sha256', key, signature)).toMatchObject({ code: 'algorithm_not_allowed' })
    }
    for (const key of [
      forPss(rsa.publicKey, 'sha256', 'sha256', 32),
      forPss(rsa.publicKey, 'sha512', 'sha256', 64),
      forPss(rsa.publicKey, 'sha512', 'sha512', 65),
    ]) {
      expect(verifyWith('rsa-pss-sha512', key, signature)).toMatchObject({ code: 'algorithm_not_allowed' })
    }
  })

  it('keys of the RFC for PSS and for PKCS #1 are not the same key', () => {
    const pssKey = findRfc9421Key('test-key-rsa-pss')?.key
    if (pssKey === undefined) throw new Error('no key')
    expect(verifyWith('rsa-pss-sha512', pssKey, pss(rsa.privateKey))).toMatchObject({ code: 'signature_invalid' })
  })
})

describe('the profile of machines', () => {
  it.each(['rsa-pss-sha512', 'rsa-v1_5-sha256', 'ecdsa-p384-sha384'])('does not take %s', (alg) => {
    const request = vectorRequest(0)
    const headers = request.headers.map(([name, value]): HttpField => [name, value.replace('hmac-sha256', alg)])
    expect(parseRequestCredential({ ...request, headers }, PROFILE)).toMatchObject({
      outcome: 'refused',
      code: 'algorithm_not_allowed',
    })
  })

  it.each([';req', ';sf', ';bs', ';tr', ';key="a"'])('does not take a component with %s', (parameter) => {
    const request = vectorRequest(0)
    const headers = request.headers.map(([name, value]): HttpField => [
      name,
      value.replace('"authorization"', `"authorization"${parameter}`),
    ])
    expect(parseRequestCredential({ ...request, headers }, PROFILE)).toMatchObject({
      outcome: 'refused',
      code: 'component_unexpected',
    })
  })

  it.each(['"@target-uri"', '"@scheme"', '"@request-target"', '"@status"', '"@query-param";name="status"'])(
    'does not take %s',
    (component) => {
      const request = vectorRequest(0)
      const headers = request.headers.map(([name, value]): HttpField => [
        name,
        value.replace('"authorization")', `"authorization" ${component})`),
      ])
      expect(parseRequestCredential({ ...request, headers }, PROFILE)).toMatchObject({
        outcome: 'refused',
        code: 'component_unexpected',
      })
    },
  )
})

/** The same RSA key as one for PSS alone (RFC 4055 §3.1), free or with its parameters. */
function forPss(key: KeyObject, hash?: 'sha256' | 'sha512', mgf1 = hash, saltLength = 0): KeyObject {
  const hashes = { sha256: '0609608648016503040201', sha512: '0609608648016503040203' }
  const hashOf = (name: 'sha256' | 'sha512') => der(0x30, Buffer.from(hashes[name], 'hex'), der(0x05))
  const oid = (end: string) => Buffer.from(`06092a864886f70d0101${end}`, 'hex')
  const parameters =
    hash && mgf1
      ? [
          der(
            0x30,
            der(0xa0, hashOf(hash)),
            der(0xa1, der(0x30, oid('08'), hashOf(mgf1))),
            der(0xa2, der(0x02, Buffer.from([saltLength]))),
          ),
        ]
      : []
  const bits = Buffer.concat([Buffer.alloc(1), key.export({ format: 'der', type: 'pkcs1' })])
  const info = der(0x30, der(0x30, oid('0a'), ...parameters), der(0x03, bits))
  return createPublicKey({ key: info, format: 'der', type: 'spki' })
}

function der(tag: number, ...parts: readonly Buffer[]): Buffer {
  const content = Buffer.concat(parts)
  const length = content.length < 128 ? [content.length] : [0x82, content.length >> 8, content.length & 0xff]
  return Buffer.concat([Buffer.from([tag, ...length]), content])
}
