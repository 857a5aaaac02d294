/** Any RFC 9421 library is a client: two of other authors sign, the profile verifies; and one of them verifies ours. */
import { createHmac, sign, verify } from 'node:crypto'
import { createSignatureSync, verifySignature } from 'http-message-sig'
import { createSigner, httpbis } from 'http-message-signatures'
import { describe, expect, it } from 'vitest'
import {
  AUTHORITY,
  CREATED,
  deriveVectorKey,
  KEYID,
  machineSigningKey,
  PROFILE,
  SIGNING_KEYS,
  VERIFICATION_KEYS,
} from '../../test/vectors/countersign-v1'
import {
  computeContentDigest,
  parseRequestCredential,
  parseRequestCredentialFast,
  signRequestCredential,
  verifyRequestCredential,
  type CredentialRequest,
  type HttpField,
} from './index'

const PLAIN_NONCE = 'b3k2pp5k7z-50gnwp_yemd'
const BODY = Buffer.from('{"sku":"b-17"}')
const TARGET = '/v1/orders?status=open&q=a%20b'
const FIELDS: HttpField[] = [
  ['Host', AUTHORITY],
  ['Authorization', 'Bearer example-first-factor-key'],
  ['Content-Type', 'application/json'],
  ['Content-Digest', computeContentDigest(BODY)],
]
const COMPONENTS = ['content-type', '@query', '@method', 'content-digest', '@path', 'authorization', '@authority']
const secret = deriveVectorKey('request').keyObject().export()

function expectVerified(headers: readonly HttpField[], alg: 'hmac-sha256' | 'ed25519'): void {
  const request: CredentialRequest = { method: 'POST', target: TARGET, headers }
  const parsed = parseRequestCredential(request, PROFILE)
  if (parsed.outcome !== 'parsed') throw new Error(parsed.detail)
  const key = VERIFICATION_KEYS[alg]
  expect(verifyRequestCredential(parsed.credential, { authority: AUTHORITY, key }).outcome).toBe('verified')
  expect(parsed.credential.useKey).toBe(`n${PLAIN_NONCE}`)
  expect(parsed.credential.contentDigest?.sha256).toHaveLength(32)
}

describe.each(['hmac-sha256', 'ed25519'] as const)('a credential with a plain nonce, %s', (alg) => {
  it('made by http-message-sig', () => {
    const fields = createSignatureSync(
      {
        kind: 'request',
        method: 'POST',
        targetUri: `https://${AUTHORITY}${TARGET}`,
        fields: FIELDS.map(([name, value]) => ({ name, value })),
      },
      {
        label: 'sig1',
        components: COMPONENTS,
        parameters: {
          created: CREATED,
          expires: CREATED + 30,
          nonce: PLAIN_NONCE,
          keyid: KEYID,
          alg,
          tag: 'countersign',
        },
        signer: {
          algorithm: alg,
          sign: (data) =>
            alg === 'ed25519'
              ? sign(null, data, machineSigningKey)
              : createHmac('sha256', secret).update(data).digest(),
        },
      },
    )
    expectVerified([...FIELDS, ['Signature-Input', fields.signatureInput], ['Signature', fields.signature]], alg)
  })

  it('made by http-message-signatures', async () => {
    const signed = await httpbis.signMessage(
      {
        key: createSigner(alg === 'ed25519' ? machineSigningKey : secret, alg, KEYID),
        name: 'sig',
        fields: COMPONENTS,
        params: ['created', 'expires', 'nonce', 'keyid', 'alg', 'tag'],
        paramValues: {
          created: new Date(CREATED * 1_000),
          expires: new Date((CREATED + 60) * 1_000),
          nonce: PLAIN_NONCE,
          tag: 'countersign',
        },
      },
      { method: 'POST', url: `https://${AUTHORITY}${TARGET}`, headers: Object.fromEntries(FIELDS) },
    )
    const headers: Record<string, string | string[]> = signed.headers
    expectVerified(
      Object.entries(headers).map(([name, value]) => [name, [value].flat().join(', ')]),
      alg,
    )
  })
})

it('http-message-sig verifies what we sign', async () => {
  const signed = signRequestCredential({
    method: 'POST',
    target: TARGET,
    authority: AUTHORITY,
    headers: FIELDS,
    body: BODY,
    coveredFields: PROFILE.coveredFields,
    created: CREATED,
    expires: CREATED + 60,
    nonce: '1.9qLRjFBrEOpIq8BcwWLlOg',
    keyid: KEYID,
    key: SIGNING_KEYS.ed25519,
  })
  if (signed.outcome !== 'signed') throw new Error(signed.detail)
  const headers = [...FIELDS, ...signed.headers]
  expect(parseRequestCredentialFast({ method: 'POST', target: TARGET, headers }, PROFILE)?.outcome).toBe('parsed')
  const verified = await verifySignature(
    {
      kind: 'request',
      method: 'POST',
      targetUri: `https://${AUTHORITY}${TARGET}`,
      fields: headers.map(([name, value]) => ({ name, value })),
    },
    {
      policy: {
        algorithms: ['ed25519'],
        requiredComponents: ['@method', '@authority', '@path', '@query', 'authorization', 'content-digest'],
        requiredParameters: ['created', 'expires', 'nonce', 'keyid', 'tag'],
        now: CREATED,
      },
      resolveVerifier: () => ({
        algorithm: 'ed25519',
        verify: (data, signature) => verify(null, data, VERIFICATION_KEYS.ed25519.key, signature),
      }),
    },
  )
  expect(verified.label).toBe('cs')
})
