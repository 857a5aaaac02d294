/** Messages that libraries of other authors signed, in the width of RFC 9421 that each of them has. */
import { constants, createPublicKey, generateKeyPairSync, sign, type KeyObject } from 'node:crypto'
import { component, createSignatureSync, type SignatureComponent } from 'http-message-sig'
import { createSigner, httpbis, type SigningKey } from 'http-message-signatures'
import { describe, expect, it } from 'vitest'
import { importRfc9421Key } from '../../test/vectors/rfc9421'
import { verifyMessageSignature, type HttpField, type RequestMessage, type ResponseMessage } from './index'

const CREATED = 1_618_884_473
const DIGEST = 'sha-256=:47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=:'
const TARGET = '/v1/orders?status=open&q=a%20b&flag'
const REQUEST_FIELDS: HttpField[] = [
  ['Content-Digest', DIGEST],
  ['Example-Dict', 'a=1,  b=2;x=1;y=2, c=(a   b), d'],
  ['Date', 'Tue, 20 Apr 2021 02:07:55 GMT'],
]
const RESPONSE_FIELDS: HttpField[] = [['Content-Type', 'application/json']]
const REQUEST: Omit<RequestMessage, 'kind'> = {
  method: 'POST',
  target: TARGET,
  authority: 'orders.example:8443',
  scheme: 'https',
  headers: REQUEST_FIELDS,
}
const URL_OF_REQUEST = `https://orders.example:8443${TARGET}`

/** What signs, what verifies. */
type Keys = { readonly sign: KeyObject; readonly verify: KeyObject }

function keysOf(privateKey: KeyObject): Keys {
  return { sign: privateKey, verify: createPublicKey(privateKey) }
}

const secret = importRfc9421Key('test-shared-secret')
const keys = {
  'rsa-pss-sha512': keysOf(importRfc9421Key('test-key-rsa')),
  'rsa-v1_5-sha256': keysOf(importRfc9421Key('test-key-rsa')),
  'ecdsa-p256-sha256': keysOf(importRfc9421Key('test-key-ecc-p256')),
  'ecdsa-p384-sha384': keysOf(generateKeyPairSync('ec', { namedCurve: 'P-384' }).privateKey),
  ed25519: keysOf(importRfc9421Key('test-key-ed25519')),
  'hmac-sha256': { sign: secret, verify: secret },
} as const
type Alg = keyof typeof keys
const algs = Object.keys(keys) as Alg[]

/** The library's PSS has the longest salt that fits; the RFC has 64 bytes. */
function signerOf(alg: Alg): SigningKey {
  const key = keys[alg].sign
  const padding = constants.RSA_PKCS1_PSS_PADDING
  return alg === 'rsa-pss-sha512'
    ? { id: 'k', alg, sign: (data) => Promise.resolve(sign('sha512', data, { key, padding, saltLength: 64 })) }
    : createSigner(key.type === 'secret' ? key.export() : key, alg, 'k')
}

function verifyAs(alg: Alg, message: RequestMessage | ResponseMessage) {
  const resolveKey = () => ({ alg, key: keys[alg].verify })
  return verifyMessageSignature(message, { resolveKey, now: CREATED, requiredComponents: [] })
}

const toRecord = (fields: readonly HttpField[]): Record<string, string> => Object.fromEntries(fields)
const toFields = (headers: Record<string, string | string[]>): HttpField[] =>
  Object.entries(headers).flatMap(([name, lines]) => [lines].flat().map((line): HttpField => [name, line]))

const REQUEST_COMPONENTS = [
  '"@method"',
  '"@target-uri"',
  '"@authority"',
  '"@scheme"',
  '"@request-target"',
  '"@path"',
  '"@query"',
  '"@query-param";name="status"',
  '"@query-param";name="q"',
  '"date"',
  '"date";bs',
  '"example-dict";sf',
  '"example-dict";key="b"',
  '"example-dict";key="d"',
  '"content-digest";key="sha-256"',
]

describe('http-message-signatures', () => {
  const sent = { method: 'POST', url: URL_OF_REQUEST, headers: toRecord(REQUEST_FIELDS) }
  const paramValues = { created: new Date(CREATED * 1_000), nonce: 'n', tag: 't' }
  const params = ['created', 'keyid', 'alg', 'nonce', 'tag']

  it.each(algs)('signs a request, %s', async (alg) => {
    const key = signerOf(alg)
    const signed = await httpbis.signMessage({ key, fields: REQUEST_COMPONENTS, params, paramValues }, sent)
    const message: RequestMessage = { kind: 'request', ...REQUEST, headers: toFields(signed.headers) }
    expect(verifyAs(alg, message)).toMatchObject({
      outcome: 'verified',
      alg,
      keyid: 'k',
      coveredComponents: REQUEST_COMPONENTS,
    })
    expect(verifyAs(alg, { ...message, target: `${TARGET}&x` })).toMatchObject({ code: 'signature_invalid' })
  })

  it.each(algs)('signs a response to a request, %s', async (alg) => {
    const fields = [
      '"@status"',
      '"content-type"',
      ...REQUEST_COMPONENTS.filter((one) => !one.includes(';')).map((one) => `${one};req`),
      '"@query-param";req;name="status"',
      '"example-dict";req;key="c"',
      '"example-dict";sf;req',
    ]
    const answer = { status: 200, headers: toRecord(RESPONSE_FIELDS) }
    const signed = await httpbis.signMessage({ key: signerOf(alg), fields, params, paramValues }, answer, sent)
    const headers = toFields(signed.headers)
    const message: ResponseMessage = { kind: 'response', status: 200, headers, request: REQUEST }
    expect(verifyAs(alg, message)).toMatchObject({ outcome: 'verified', alg, coveredComponents: fields })
    for (const changed of [
      { ...message, status: 201 },
      { ...message, request: { ...REQUEST, method: 'PUT' } },
      { ...message, request: { ...REQUEST, authority: 'orders.example' } },
    ]) {
      expect(verifyAs(alg, changed)).toMatchObject({ code: 'signature_invalid' })
    }
    const { request: _, ...alone } = message
    expect(verifyAs(alg, alone)).toMatchObject({ code: 'component_missing' })
  })

  it('makes PSS with a salt that the RFC does not have', async () => {
    const key = createSigner(keys['rsa-pss-sha512'].sign, 'rsa-pss-sha512', 'k')
    const signed = await httpbis.signMessage({ key, fields: ['@method'], params, paramValues }, sent)
    const message: RequestMessage = { kind: 'request', ...REQUEST, headers: toFields(signed.headers) }
    expect(verifyAs('rsa-pss-sha512', message)).toMatchObject({ outcome: 'refused', code: 'signature_invalid' })
  })
})

describe('http-message-sig', () => {
  const signer = {
    algorithm: 'ed25519',
    sign: (data: Uint8Array) => sign(null, data, keys.ed25519.sign),
  }
  const parameters = { created: CREATED, keyid: 'k', alg: 'ed25519' }
  const toOccurrences = (fields: readonly HttpField[]) => fields.map(([name, value]) => ({ name, value }))
  const request = {
    kind: 'request' as const,
    method: 'POST',
    targetUri: URL_OF_REQUEST,
    requestTarget: TARGET,
    fields: toOccurrences(REQUEST_FIELDS),
  }
  const derived = ['@method', '@target-uri', '@authority', '@scheme', '@request-target', '@path', '@query']
  const member = (name: string, key: string) => component(name, { key })

  it('signs a request', () => {
    const components: SignatureComponent[] = [
      ...derived,
      'date',
      member('example-dict', 'b'),
      member('example-dict', 'd'),
    ]
    const made = createSignatureSync(request, { components, parameters, signer })
    const headers: HttpField[] = [
      ...REQUEST_FIELDS,
      ['Signature-Input', made.signatureInput],
      ['Signature', made.signature],
    ]
    expect(verifyAs('ed25519', { kind: 'request', ...REQUEST, headers })).toMatchObject({ outcome: 'verified' })
  })

  it('signs a response to a request', () => {
    const components: SignatureComponent[] = [
      '@status',
      'content-type',
      ...derived.map((name) => component(name, { req: true })),
      component('example-dict', { key: 'c', req: true }),
      component('content-digest', { req: true }),
    ]
    const response = { kind: 'response' as const, status: 200, fields: toOccurrences(RESPONSE_FIELDS), request }
    const made = createSignatureSync(response, { components, parameters, signer })
    const headers: HttpField[] = [
      ...RESPONSE_FIELDS,
      ['Signature-Input', made.signatureInput],
      ['Signature', made.signature],
    ]
    const message: ResponseMessage = { kind: 'response', status: 200, headers, request: REQUEST }
    expect(verifyAs('ed25519', message)).toMatchObject({ outcome: 'verified' })
    expect(verifyAs('ed25519', { ...message, status: 500 })).toMatchObject({ code: 'signature_invalid' })
  })
})
