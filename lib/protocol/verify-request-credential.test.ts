import { createHmac, createPublicKey, createSecretKey, generateKeyPairSync } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import {
  AUTHORITY,
  CREATED,
  KEYID,
  PROFILE,
  SIGNING_KEYS,
  vectorRequest,
  vectors,
  VERIFICATION_KEYS,
} from '../../test/vectors/countersign-v1'
import {
  formatSequenceNonce,
  parseRequestCredential,
  signRequestCredential,
  verifyRequestCredential,
  type CredentialRequest,
  type HttpField,
} from './index'
import { P256_ORDER } from './read-signature'

describe('verifyRequestCredential', () => {
  const hmac = VERIFICATION_KEYS['hmac-sha256']

  function parseVector(index: 0 | 1 | 2, change: (headers: readonly HttpField[]) => readonly HttpField[] = (x) => x) {
    const request = vectorRequest(index)
    const parsed = parseRequestCredential({ ...request, headers: change(request.headers) }, PROFILE)
    if (parsed.outcome !== 'parsed') throw new Error(parsed.detail)
    return parsed.credential
  }

  it('refuses another authority', () => {
    const result = verifyRequestCredential(parseVector(0), { authority: 'other.example', key: hmac })
    expect(result).toMatchObject({ outcome: 'refused', code: 'signature_invalid' })
  })

  it('refuses a changed covered field, method, path and query', () => {
    const request = vectorRequest(0)
    const changed = [
      { ...request, method: 'HEAD' },
      { ...request, target: request.target.replace('orders', 'Orders') },
      { ...request, target: request.target.replace('10', '11') },
      { ...request, headers: request.headers.map(([n, v]) => [n, n === 'authorization' ? `${v}x` : v] as const) },
      { ...request, headers: request.headers.map(([n, v]) => [n, v.replace('nonce="1.', 'nonce="2.')] as const) },
    ]
    for (const one of changed) {
      const parsed = parseRequestCredential(one, PROFILE)
      if (parsed.outcome !== 'parsed') throw new Error(parsed.detail)
      const result = verifyRequestCredential(parsed.credential, { authority: AUTHORITY, key: hmac })
      expect(result).toMatchObject({ outcome: 'refused', code: 'signature_invalid' })
    }
  })

  it('refuses every MAC that differs in one bit', () => {
    const credential = parseVector(0)
    for (let bit = 0; bit < 256; bit += 7) {
      const signature = Buffer.from(credential.signature)
      signature.writeUInt8(signature.readUInt8(bit >> 3) ^ (1 << (bit & 7)), bit >> 3)
      const result = verifyRequestCredential({ ...credential, signature }, { authority: AUTHORITY, key: hmac })
      expect(result).toMatchObject({ outcome: 'refused', code: 'signature_invalid' })
    }
  })

  it('refuses a MAC of another length even past the parser', () => {
    const credential = parseVector(0)
    for (const signature of [Buffer.alloc(0), credential.signature.subarray(0, 16), Buffer.alloc(33)]) {
      const result = verifyRequestCredential({ ...credential, signature }, { authority: AUTHORITY, key: hmac })
      expect(result).toMatchObject({ outcome: 'refused', code: 'signature_invalid' })
    }
  })

  it('refuses an algorithm that is not the one on record, before any signature is checked', () => {
    const pairs = [
      [parseVector(0), VERIFICATION_KEYS.ed25519],
      [parseVector(2), hmac],
      [parseVector(2), VERIFICATION_KEYS['ecdsa-p256-sha256']],
    ] as const
    for (const [credential, key] of pairs) {
      const result = verifyRequestCredential(credential, { authority: AUTHORITY, key })
      expect(result).toMatchObject({ outcome: 'refused', code: 'algorithm_not_allowed' })
    }
  })

  it('refuses a MAC made with the bytes of a public key', () => {
    const credential = parseVector(0)
    const publicBytes = Buffer.from(vectors.keys.machineSigning.x, 'base64url')
    const signature = createHmac('sha256', publicBytes).update(credential.signatureBaseFor(AUTHORITY)).digest()
    const key = VERIFICATION_KEYS.ed25519
    expect(verifyRequestCredential({ ...credential, signature }, { authority: AUTHORITY, key })).toMatchObject({
      code: 'algorithm_not_allowed',
    })
    // A record that were wrong itself: an Ed25519 key that says it is for HMAC. The type forbids it, so it is forced.
    const confused = { alg: 'hmac-sha256', key: createSecretKey(publicBytes) } as unknown as typeof hmac
    const wrong = {
      alg: 'hmac-sha256',
      key: createPublicKey(VERIFICATION_KEYS.ed25519.key.export({ format: 'pem', type: 'spki' })),
    }
    expect(verifyRequestCredential(credential, { authority: AUTHORITY, key: confused }).outcome).toBe('refused')
    const forced = wrong as unknown as typeof hmac
    expect(verifyRequestCredential(credential, { authority: AUTHORITY, key: forced })).toMatchObject({
      code: 'algorithm_not_allowed',
    })
  })

  it('refuses a key of another type than its algorithm', () => {
    const p384 = generateKeyPairSync('ec', { namedCurve: 'P-384' }).publicKey
    const key = { alg: 'ed25519', key: p384 } as const
    expect(verifyRequestCredential(parseVector(2), { authority: AUTHORITY, key })).toMatchObject({
      code: 'algorithm_not_allowed',
    })
  })

  it('refuses an absolute-form target of another authority, whatever was signed', () => {
    const request = vectorRequest(0)
    for (const [host, outcome] of [
      ['orders.example', 'verified'],
      ['evil.example', 'refused'],
    ] as const) {
      const parsed = parseRequestCredential({ ...request, target: `https://${host}${request.target}` }, PROFILE)
      if (parsed.outcome !== 'parsed') throw new Error(parsed.detail)
      expect(verifyRequestCredential(parsed.credential, { authority: AUTHORITY, key: hmac }).outcome).toBe(outcome)
    }
  })

  it('takes only the lower s of a P-256 signature, and signs with it', () => {
    for (let seq = 1; seq <= 20; seq++) {
      const [request, high] = signWithP256(seq)
      const parsed = parseRequestCredential(request, PROFILE)
      if (parsed.outcome !== 'parsed') throw new Error(parsed.detail)
      const key = VERIFICATION_KEYS['ecdsa-p256-sha256']
      expect(verifyRequestCredential(parsed.credential, { authority: AUTHORITY, key }).outcome).toBe('verified')
      expect(parseRequestCredential(high, PROFILE)).toMatchObject({ code: 'credential_malformed' })
    }
  })
})

/** A request with the lower s that we sign with, and the same with the higher one. */
function signWithP256(seq: number): [CredentialRequest, CredentialRequest] {
  const signed = signRequestCredential({
    method: 'GET',
    target: '/v1/orders',
    authority: AUTHORITY,
    headers: [],
    coveredFields: PROFILE.coveredFields,
    created: CREATED,
    expires: CREATED + 60,
    nonce: formatSequenceNonce(seq, Buffer.alloc(16, seq)),
    keyid: KEYID,
    key: SIGNING_KEYS['ecdsa-p256-sha256'],
  })
  if (signed.outcome !== 'signed') throw new Error(signed.detail)
  const request = { method: 'GET', target: '/v1/orders', headers: signed.headers }
  const headers = signed.headers.map(([name, value]): HttpField => {
    if (name !== 'Signature') return [name, value]
    const bytes = Buffer.from(value.slice(4, -1), 'base64')
    const s = P256_ORDER - BigInt(`0x${bytes.toString('hex', 32)}`)
    const high = Buffer.concat([bytes.subarray(0, 32), Buffer.from(s.toString(16).padStart(64, '0'), 'hex')])
    return [name, `cs=:${high.toString('base64')}:`]
  })
  return [request, { ...request, headers }]
}
