/** The published worked example, value by value: whoever implements the protocol elsewhere starts from it. */
import { createHash, createHmac, createPublicKey, hkdfSync, sign } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import {
  AUTHORITY,
  deriveVectorKey,
  agree,
  epochKeyInput,
  generatorKey,
  machineAgreementKey,
  machineSigningKey,
  PROFILE,
  SIGNING_KEYS,
  vectorRequest,
  vectors,
  VERIFICATION_KEYS,
} from '../../test/vectors/countersign-v1'
import { formatEpochKeyInfo } from './derive-epoch-key'
import {
  computeContentDigest,
  computeJwkThumbprint,
  deriveEpochKey,
  epochOf,
  parseAgreementPublicJwk,
  parseRequestCredentialFast,
  parseRequestCredentialGeneric,
  parseSigningPublicJwk,
  signRequestCredential,
  verifyRequestCredential,
  type HttpField,
} from './index'

const PURPOSES = ['request', 'enroll', 'ticket-initiator', 'ticket-responder'] as const

describe('countersign-v1.json: keys', () => {
  it('gives each key its thumbprint', () => {
    const { machineSigning, machineAgreement, generator } = vectors.keys
    const parsed = [
      parseSigningPublicJwk({ kty: 'OKP', crv: 'Ed25519', x: machineSigning.x }),
      parseAgreementPublicJwk({ kty: 'OKP', crv: 'X25519', x: machineAgreement.x }),
      parseAgreementPublicJwk({ kty: 'OKP', crv: 'X25519', x: generator.x }),
    ]
    expect(parsed.map((key) => key.outcome === 'parsed' && key.thumbprint)).toEqual([
      machineSigning.thumbprint,
      machineAgreement.thumbprint,
      generator.thumbprint,
    ])
    expect(computeJwkThumbprint({ kty: 'OKP', crv: 'Ed25519', x: machineSigning.x })).toBe(machineSigning.thumbprint)
  })

  it('builds the same secret on both sides', () => {
    const byMachine = agree(machineAgreementKey, createPublicKey(generatorKey))
    const byService = agree(generatorKey, createPublicKey(machineAgreementKey))
    expect(byMachine.keyObject().export().toString('hex')).toBe(vectors.shared)
    expect(byService.keyObject().export().toString('hex')).toBe(vectors.shared)
  })

  it('counts epochs of five minutes', () => {
    expect(epochOf(vectors.created)).toBe(vectors.epoch)
    expect(epochOf(vectors.epoch * 300 + 299)).toBe(vectors.epoch)
    expect(epochOf(vectors.epoch * 300 + 300)).toBe(vectors.epoch + 1)
  })

  it.each(PURPOSES)('derives the epoch key of purpose %s', (purpose) => {
    const { info, key } = vectors.epochKeys[purpose]
    expect(Buffer.from(formatEpochKeyInfo(epochKeyInput(purpose))).toString('hex')).toBe(info)
    expect(deriveVectorKey(purpose).keyObject().export().toString('hex')).toBe(key)
    const salt = createHash('sha256').update(`countersign/v1\0${vectors.trustDomain}`).digest()
    expect(salt.toString('hex')).toBe(vectors.salt)
    const direct = hkdfSync('sha256', Buffer.from(vectors.shared, 'hex'), salt, Buffer.from(info, 'hex'), 32)
    expect(Buffer.from(direct).toString('hex')).toBe(key)
  })

  it('derives another key for every other input', () => {
    const shared = agree(machineAgreementKey, createPublicKey(generatorKey))
    const input = { shared, ...epochKeyInput('request') }
    const variants = [
      input,
      { ...input, trustDomain: 'example.net' },
      { ...input, machineId: 'mach_01k3tt0z0ye00800014d2pf2dc' },
      { ...input, generation: 4 },
      { ...input, epoch: input.epoch + 1 },
      { ...input, purpose: 'enroll' as const },
      { ...input, agreementThumbprint: input.generatorThumbprint },
      { ...input, generatorThumbprint: input.agreementThumbprint },
    ]
    const keys = variants.map((variant) => deriveEpochKey(variant).keyObject().export().toString('hex'))
    expect(new Set(keys).size).toBe(variants.length)
  })

  it('throws rather than derive from an ambiguous input', () => {
    const input = { shared: agree(machineAgreementKey, createPublicKey(generatorKey)), ...epochKeyInput('request') }
    expect(() => deriveEpochKey({ ...input, machineId: 'mach_a\x003' })).toThrow(TypeError)
    expect(() => deriveEpochKey({ ...input, trustDomain: '' })).toThrow(TypeError)
    expect(() => deriveEpochKey({ ...input, generation: 1.5 })).toThrow(TypeError)
    expect(() => deriveEpochKey({ ...input, epoch: Number.NaN })).toThrow(TypeError)
  })
})

describe.each([0, 1, 2] as const)('countersign-v1.json: request %i', (index) => {
  const expected = vectors.requests[index]
  const alg = index === 2 ? 'ed25519' : 'hmac-sha256'

  it.each([
    ['fast', parseRequestCredentialFast],
    ['generic', parseRequestCredentialGeneric],
  ])('is verified by the %s path', (_, parse) => {
    const parsed = parse(vectorRequest(index), PROFILE)
    if (parsed?.outcome !== 'parsed') throw new Error('not parsed')
    expect(parsed.credential.signatureBaseFor(AUTHORITY)).toBe(expected?.signatureBase)
    const result = verifyRequestCredential(parsed.credential, { authority: AUTHORITY, key: VERIFICATION_KEYS[alg] })
    if (result.outcome !== 'verified') throw new Error(result.detail)
    expect(result.credential.baseHash.toString('hex')).toBe(expected?.signatureBaseSha256)
    expect(result.credential).toMatchObject({
      machineId: vectors.machineId,
      generation: vectors.generation,
      useKey: `s${index + 1}`,
      created: vectors.created,
      expires: vectors.created + 60,
      method: expected?.method,
      authority: AUTHORITY,
    })
  })

  it('is what the agent writes', () => {
    if (expected === undefined) throw new Error('no vector')
    const signed = signRequestCredential({
      method: expected.method,
      target: expected.target,
      authority: AUTHORITY,
      headers: Object.entries(expected.headers).filter(([name]) => name !== 'content-digest'),
      body: Buffer.from(expected.body ?? ''),
      coveredFields: PROFILE.coveredFields,
      created: vectors.created,
      expires: vectors.created + 60,
      nonce: `${index + 1}.9qLRjFBrEOpIq8BcwWLlOg`,
      keyid: `${vectors.machineId}.3`,
      key: SIGNING_KEYS[alg],
    })
    const digest: HttpField[] =
      expected.body === undefined ? [] : [['Content-Digest', computeContentDigest(Buffer.from(expected.body))]]
    expect(signed).toEqual({
      outcome: 'signed',
      headers: [...digest, ['Signature-Input', expected.signatureInput], ['Signature', expected.signature]],
    })
  })

  it('has the signature that node:crypto makes over its base', () => {
    const base = Buffer.from(expected?.signatureBase ?? '')
    const key = Buffer.from(vectors.epochKeys.request.key, 'hex')
    const bytes =
      alg === 'ed25519' ? sign(null, base, machineSigningKey) : createHmac('sha256', key).update(base).digest()
    expect(`cs=:${bytes.toString('base64')}:`).toBe(expected?.signature)
    expect(createHash('sha256').update(base).digest('hex')).toBe(expected?.signatureBaseSha256)
  })
})
