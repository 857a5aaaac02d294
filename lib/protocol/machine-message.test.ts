import { createPublicKey, generateKeyPairSync } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import {
  AUTHORITY,
  CREATED,
  deriveVectorKey,
  KEYID,
  SIGNING_KEYS,
  vectors,
  VERIFICATION_KEYS,
} from '../../test/vectors/countersign-v1'
import {
  computeAgreementProof,
  computeContentDigest,
  formatJoinToken,
  parseJoinToken,
  parseMachineMessage,
  parseRequestCredential,
  signMachineMessage,
  verifyAgreementProof,
  verifyMachineSignature,
  type HttpField,
  type SignMachineMessageInput,
} from './index'

const PATH = '/api/v1/enrollments'
const BODY = Buffer.from('{"machineId":"mach_x"}')
const NONCE = '9qLRjFBrEOpIq8BcwWLlOg'
const JOIN_ID = 'join_01k3tt0z0ye00800014d2pf2db'
const TAGS = { machine: 'countersign-enroll', join: 'countersign-enroll-join' } as const
const join = generateKeyPairSync('ed25519')

const machine = {
  label: 'machine',
  tag: TAGS.machine,
  keyid: vectors.keys.machineSigning.thumbprint,
  ...SIGNING_KEYS.ed25519,
}
const joining = { label: 'join', tag: TAGS.join, keyid: JOIN_ID, alg: 'ed25519', key: join.privateKey } as const

function signInput(change: Partial<SignMachineMessageInput> = {}): SignMachineMessageInput {
  return {
    method: 'POST',
    authority: AUTHORITY,
    path: PATH,
    body: BODY,
    signatures: [machine, joining],
    created: CREATED,
    expires: CREATED + 60,
    nonce: NONCE,
    ...change,
  }
}

const headers = signMachineMessage(signInput())
const message = { method: 'POST', path: PATH, headers, body: BODY }

function changeField(name: string, change: (value: string) => string): HttpField[] {
  return headers.map(([key, value]) => [key, key === name ? change(value) : value] as const)
}

describe('a machine message', () => {
  it('carries each signature under its label, and each is verified by its own key', () => {
    const parsed = parseMachineMessage(message, TAGS)
    if (parsed.outcome !== 'parsed') throw new Error(parsed.detail)
    const { machine: first, join: second } = parsed.signatures
    expect(first).toMatchObject({ keyid: machine.keyid, tag: TAGS.machine, created: CREATED, nonce: NONCE })
    expect(second).toMatchObject({ keyid: JOIN_ID, alg: 'ed25519', expires: CREATED + 60 })
    const joinKey = { alg: 'ed25519', key: join.publicKey } as const
    const verify = (key: typeof joinKey) => [
      verifyMachineSignature(first, { authority: AUTHORITY, key }).outcome,
      verifyMachineSignature(second, { authority: AUTHORITY, key }).outcome,
    ]
    expect(verify(VERIFICATION_KEYS.ed25519)).toEqual(['verified', 'refused'])
    expect(verify(joinKey)).toEqual(['refused', 'verified'])
  })

  it('has the base that docs/machine-messages.md describes', () => {
    const parsed = parseMachineMessage(message, TAGS)
    if (parsed.outcome !== 'parsed') throw new Error(parsed.detail)
    expect(parsed.signatures.machine.signatureBaseFor(AUTHORITY)).toBe(
      [
        '"@method": POST',
        `"@authority": ${AUTHORITY}`,
        `"@path": ${PATH}`,
        `"content-digest": ${computeContentDigest(BODY)}`,
        `"@signature-params": ("@method" "@authority" "@path" "content-digest");created=${CREATED};expires=${CREATED + 60};nonce="${NONCE}";keyid="${machine.keyid}";alg="ed25519";tag="countersign-enroll"`,
      ].join('\n'),
    )
  })

  it('of a gate is signed with the epoch key, or with the signing key', () => {
    for (const alg of ['hmac-sha256', 'ed25519', 'ecdsa-p256-sha256'] as const) {
      const gateway = { label: 'gateway', tag: 'countersign-gateway', keyid: KEYID, ...SIGNING_KEYS[alg] }
      const signed = signMachineMessage(signInput({ signatures: [gateway], path: '/api/v1/verify' }))
      const received = { method: 'POST', path: '/api/v1/verify', headers: signed, body: BODY }
      const parsed = parseMachineMessage(received, { gateway: 'countersign-gateway' })
      if (parsed.outcome !== 'parsed') throw new Error(parsed.detail)
      const verify = (authority: string, key: (typeof VERIFICATION_KEYS)[typeof alg]) =>
        verifyMachineSignature(parsed.signatures.gateway, { authority, key })
      expect(verify(AUTHORITY, VERIFICATION_KEYS[alg])).toEqual({ outcome: 'verified' })
      expect(verify('other.example', VERIFICATION_KEYS[alg])).toMatchObject({ code: 'signature_invalid' })
      const another = alg === 'ed25519' ? 'hmac-sha256' : 'ed25519'
      expect(verify(AUTHORITY, VERIFICATION_KEYS[another])).toMatchObject({ code: 'algorithm_not_allowed' })
    }
  })

  it('never passes as a request credential, nor the other way round', () => {
    const request = { method: 'POST', target: PATH, headers }
    const profile = { coveredFields: [], allowEncodedSlash: false, allowPlainNonce: true }
    expect(parseRequestCredential(request, profile)).toMatchObject({ code: 'credential_missing' })
    const retagged = changeField('Signature-Input', (value) => value.replace('"countersign-enroll"', '"countersign"'))
    expect(parseMachineMessage({ ...message, headers: retagged }, TAGS)).toMatchObject({ code: 'credential_malformed' })
  })

  const input = (from: string | RegExp, to: string) =>
    changeField('Signature-Input', (value) => value.replace(from, to))
  it.each<[string, Partial<typeof message>, string]>([
    ['another body', { body: Buffer.from('{}') }, 'digest_mismatch'],
    ['no digest', { headers: headers.slice(1) }, 'component_missing'],
    [
      'a second digest',
      { headers: [...headers, ['content-digest', computeContentDigest(BODY)]] },
      'credential_malformed',
    ],
    [
      'a digest that is not sha-256',
      { headers: changeField('Content-Digest', () => `sha-512=:${Buffer.alloc(64).toString('base64')}:`) },
      'credential_malformed',
    ],
    [
      'a second digest of another kind',
      { headers: changeField('Content-Digest', (v) => `${v}, sha-512=:${Buffer.alloc(64).toString('base64')}:`) },
      'credential_malformed',
    ],
    ['no signature', { headers: headers.slice(0, 1) }, 'credential_missing'],
    ['a query', { path: `${PATH}?a=1` }, 'credential_malformed'],
    ['a dot segment', { path: `/x/..${PATH}` }, 'credential_malformed'],
    ['an absolute-form target', { path: `https://${AUTHORITY}${PATH}` }, 'credential_malformed'],
    ['a lower-case method', { method: 'post' }, 'credential_malformed'],
    ['a component less', { headers: input(' "content-digest"', '') }, 'component_missing'],
    ['a component more', { headers: input(' "content-digest"', ' "content-digest" "@query"') }, 'component_unexpected'],
    ['a component with a parameter', { headers: input('"@path"', '"@path";req') }, 'component_missing'],
    ['another order', { headers: input('"@method" "@authority"', '"@authority" "@method"') }, 'component_unexpected'],
    ['a parameter twice', { headers: input(';nonce', ';alg="ed25519";nonce') }, 'credential_malformed'],
    ['an unknown parameter', { headers: input(';nonce', ';x;nonce') }, 'credential_malformed'],
    [
      'a window of 61 seconds',
      { headers: input(`expires=${CREATED + 60}`, `expires=${CREATED + 61}`) },
      'credential_malformed',
    ],
    ['a nonce that is short', { headers: input(NONCE, 'AAAA') }, 'credential_malformed'],
    ['a keyid with other characters', { headers: input(JOIN_ID, 'join_/../x') }, 'credential_malformed'],
    ['an unknown algorithm', { headers: input('"ed25519"', '"none"') }, 'algorithm_not_allowed'],
    [
      'the tags exchanged',
      {
        headers: input(
          /"countersign-enroll"(.*)"countersign-enroll-join"/,
          '"countersign-enroll-join"$1"countersign-enroll"',
        ),
      },
      'credential_malformed',
    ],
    ['a field name outside of ASCII', { headers: [...headers, ['\u212a', '']] }, 'credential_malformed'],
  ])('is refused with %s', (_, change, code) => {
    expect(parseMachineMessage({ ...message, ...change }, TAGS)).toMatchObject({ outcome: 'refused', code })
  })

  it('is refused with a signature too few or too many', () => {
    const alone = signMachineMessage(signInput({ signatures: [machine] }))
    expect(parseMachineMessage({ ...message, headers: alone }, TAGS)).toMatchObject({ code: 'credential_missing' })
    expect(parseMachineMessage(message, { machine: TAGS.machine })).toMatchObject({ code: 'credential_malformed' })
    expect(parseMachineMessage({ ...message, headers: alone }, { machine: TAGS.machine }).outcome).toBe('parsed')
  })

  it('is never signed malformed', () => {
    expect(() => signMachineMessage(signInput({ nonce: 'AAAA' }))).toThrow(TypeError)
    expect(() => signMachineMessage(signInput({ path: '/a?b' }))).toThrow(TypeError)
    expect(() => signMachineMessage(signInput({ signatures: [{ ...machine, keyid: '"' }] }))).toThrow(TypeError)
    const confused = { ...machine, alg: 'ecdsa-p256-sha256' } as const
    expect(() => signMachineMessage(signInput({ signatures: [confused] }))).toThrow(TypeError)
  })
})

describe('the agreement proof', () => {
  const proofInput = {
    epochKey: deriveVectorKey('enroll'),
    machineId: vectors.machineId,
    signingThumbprint: vectors.keys.machineSigning.thumbprint,
    agreementThumbprint: vectors.keys.machineAgreement.thumbprint,
    created: CREATED,
  }
  const proof = computeAgreementProof(proofInput)

  it('is verified for what it was made over, and for nothing else', () => {
    expect(proof).toMatch(/^[A-Za-z0-9_-]{43}$/)
    expect(verifyAgreementProof(proof, proofInput)).toEqual({ outcome: 'verified' })
    const others = [
      { ...proofInput, machineId: vectors.machineId.replace('db', 'dc') },
      { ...proofInput, signingThumbprint: proofInput.agreementThumbprint },
      { ...proofInput, agreementThumbprint: proofInput.signingThumbprint },
      { ...proofInput, created: CREATED + 1 },
    ]
    for (const other of others) expect(verifyAgreementProof(proof, other)).toMatchObject({ code: 'signature_invalid' })
  })

  it.each(['', proof.slice(0, 22), `${proof}=`, `${proof}AA`, ` ${proof}`, proof.replace(/.$/, '_')])(
    'is refused as %j',
    (text) => {
      expect(verifyAgreementProof(text, proofInput)).toMatchObject({ outcome: 'refused' })
    },
  )
})

describe('a join token', () => {
  const seed = Buffer.alloc(32, 7)
  const token = formatJoinToken(JOIN_ID, seed)

  it('is an id and the seed of an Ed25519 key', () => {
    expect(token).toBe(`csj_01k3tt0z0ye00800014d2pf2db_${seed.toString('base64url')}`)
    const parsed = parseJoinToken(token)
    if (parsed.outcome !== 'parsed') throw new Error(parsed.detail)
    expect(parsed.joinTokenId).toBe(JOIN_ID)
    const exported = parsed.privateKey.export({ format: 'jwk' })
    expect(exported.d).toBe(seed.toString('base64url'))
    expect(createPublicKey(parsed.privateKey).export({ format: 'jwk' })).toMatchObject({ ...parsed.publicJwk })
  })

  it.each([
    '',
    'csj_',
    token.slice(0, -1),
    `${token}A`,
    ` ${token}`,
    token.replace('csj_0', 'csj_8'),
    token.replace('csj', 'cst'),
    token.replace(/.$/, '9'),
  ])('is refused as %j', (text) => {
    expect(parseJoinToken(text)).toMatchObject({ outcome: 'refused' })
  })

  it('is never made of anything else', () => {
    expect(() => formatJoinToken('mach_01k3tt0z0ye00800014d2pf2db', seed)).toThrow(TypeError)
    expect(() => formatJoinToken(JOIN_ID, Buffer.alloc(31))).toThrow(TypeError)
  })
})
