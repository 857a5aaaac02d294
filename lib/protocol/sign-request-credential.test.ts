import { describe, expect, it } from 'vitest'
import { AUTHORITY, CREATED, KEYID, PROFILE, SIGNING_KEYS } from '../../test/vectors/countersign-v1'
import { computeContentDigest, signRequestCredential, type HttpField, type SignRequestCredentialInput } from './index'

const EMPTY_DIGEST = computeContentDigest(new Uint8Array())

function signInput(change: Partial<SignRequestCredentialInput> = {}): SignRequestCredentialInput {
  return {
    method: 'GET',
    target: '/v1/orders',
    authority: AUTHORITY,
    headers: [],
    coveredFields: PROFILE.coveredFields,
    created: CREATED,
    expires: CREATED + 60,
    nonce: '1.9qLRjFBrEOpIq8BcwWLlOg',
    keyid: KEYID,
    key: SIGNING_KEYS['hmac-sha256'],
    ...change,
  }
}

describe('signRequestCredential', () => {
  const body = Buffer.from('{}')

  it.each<[string, Partial<SignRequestCredentialInput>]>([
    ['a request that is signed already', { headers: [['signature', 'a=::']] }],
    ['a lower-case method', { method: 'get' }],
    ['a body on a GET', { body }],
    ['a body digest on a GET', { bodyDigest: Buffer.alloc(32) }],
    ['a path that no verifier takes', { target: '/a/../b' }],
    ['an authority that is none', { authority: 'orders.example/' }],
    ['an absolute-form target of another authority', { target: 'https://evil.example/' }],
    ['a keyid that is none', { keyid: 'mach_1' }],
    ['a nonce that is none', { nonce: '1' }],
    ['a window of 61 seconds', { expires: CREATED + 61 }],
    ['created in milliseconds and a half', { created: CREATED + 0.5 }],
    [
      'two lines of a covered field',
      {
        headers: [
          ['x-api-key', 'a'],
          ['x-api-key', 'b'],
        ],
      },
    ],
    ['a covered field outside of ASCII', { headers: [['x-api-key', '\u00e9']] }],
    ['a digest that is not of the body', { method: 'POST', body, headers: [['content-digest', EMPTY_DIGEST]] }],
    [
      'a digest that is not of the body digest',
      { method: 'POST', bodyDigest: Buffer.alloc(32), headers: [['content-digest', EMPTY_DIGEST]] },
    ],
  ])('refuses %s', (_, change) => {
    expect(signRequestCredential(signInput(change))).toMatchObject({ outcome: 'refused' })
  })

  it('throws for a key that is not one of its algorithm', () => {
    const key = { alg: 'ed25519', key: SIGNING_KEYS['ecdsa-p256-sha256'].key } as const
    expect(() => signRequestCredential(signInput({ key }))).toThrow(TypeError)
  })

  it('keeps a digest that the request carries', () => {
    const headers: HttpField[] = [['Content-Digest', computeContentDigest(body)]]
    const signed = signRequestCredential(signInput({ method: 'PUT', body, headers }))
    expect(signed.outcome === 'signed' && signed.headers.map(([name]) => name)).toEqual([
      'Signature-Input',
      'Signature',
    ])
  })

  it('leaves the default port of the scheme out', () => {
    const bases = [
      signInput({ authority: 'orders.example:80', scheme: 'http' }),
      signInput({ authority: 'ORDERS.example:443' }),
      signInput(),
    ].map(signRequestCredential)
    expect(new Set(bases.map((base) => JSON.stringify(base))).size).toBe(1)
  })
})
