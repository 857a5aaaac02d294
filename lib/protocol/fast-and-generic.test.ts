/** Two implementations of one rule: whatever the fast path takes, the generic one takes too, with the same result. */
import { isDeepStrictEqual } from 'node:util'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { AUTHORITY, KEYID, SIGNING_KEYS, VERIFICATION_KEYS } from '../../test/vectors/countersign-v1'
import {
  formatSequenceNonce,
  parseRequestCredential,
  parseRequestCredentialFast,
  parseRequestCredentialGeneric,
  signRequestCredential,
  verifyRequestCredential,
  type CredentialProfile,
  type CredentialRequest,
  type HttpField,
  type ParseRequestCredentialResult,
} from './index'

/** One of the characters of a text. */
const anyOf = (characters: string) => fc.constantFrom(...Array.from(characters))

const ALGS = ['hmac-sha256', 'ed25519', 'ecdsa-p256-sha256'] as const
const BODILESS = ['GET', 'HEAD', 'OPTIONS']
const COVERED_FIELDS = [
  ['authorization', 'x-api-key', 'cookie'],
  [],
  ['idempotency-key', 'x-tenant-id', 'host', 'authorization'],
  ['content-length', 'content-type', 'cookie'],
] as const

const profiles: fc.Arbitrary<CredentialProfile> = fc.record({
  coveredFields: fc.constantFrom(...COVERED_FIELDS),
  allowEncodedSlash: fc.boolean(),
  allowPlainNonce: fc.boolean(),
})

const visible = fc.string({ unit: anyOf('abcXYZ019 ,;:="\'/\\()[]{}!#%\t'), maxLength: 30 })
const values = visible.map((text) => text.trim())
const segment = fc.string({ unit: anyOf("aZ09-_~!$&'()*+,;=:@."), minLength: 1, maxLength: 6 })
const paths = fc
  .array(
    segment.filter((text) => !/^\.{1,2}(;|$)/.test(text)),
    { maxLength: 4 },
  )
  .map((all) => `/${all.join('/')}`)
const queries = fc.oneof(
  fc.constant(''),
  fc.string({ unit: anyOf("ab1=&?/:@%20[]|.;'+"), maxLength: 20 }).map((text) => `?q${text.replaceAll('%', '%41')}`),
)

type Signed = {
  readonly request: CredentialRequest
  readonly profile: CredentialProfile
  readonly alg: (typeof ALGS)[number]
}

/** What the agent makes of an ordinary request: one line a field, origin-form, a registered method. */
const signed: fc.Arbitrary<Signed> = fc
  .record({
    profile: profiles,
    alg: fc.constantFrom(...ALGS),
    method: fc.constantFrom('GET', 'HEAD', 'OPTIONS', 'POST', 'PUT', 'PATCH', 'DELETE'),
    target: fc.tuple(paths, queries).map(([path, query]) => path + query),
    fields: fc.dictionary(
      fc.constantFrom(
        'Host',
        'Accept',
        'Authorization',
        'x-api-key',
        'Cookie',
        'Content-Type',
        'content-encoding',
        'Idempotency-Key',
        'X-Tenant-Id',
      ),
      values,
    ),
    body: fc.uint8Array({ maxLength: 20 }),
    created: fc.oneof(fc.constant(1_795_305_600), fc.integer({ min: 1, max: 999_999_999_999_000 })),
    seconds: fc.integer({ min: 1, max: 60 }),
    seq: fc.integer({ min: 1, max: 999_999_999_999_999 }),
    random: fc.uint8Array({ minLength: 16, maxLength: 16 }),
    isPlain: fc.boolean(),
  })
  .map((made) => {
    const { profile, alg, method, target, created } = made
    const hasBody = !BODILESS.includes(method)
    const headers: HttpField[] = Object.entries(made.fields)
    if (hasBody || profile.coveredFields.length !== 3)
      headers.push(['Content-Length', hasBody ? `${made.body.length}` : '0'])
    const random = Buffer.from(made.random)
    const result = signRequestCredential({
      method,
      target,
      authority: AUTHORITY,
      headers,
      ...(hasBody && { body: made.body }),
      coveredFields: profile.coveredFields,
      created,
      expires: created + made.seconds,
      nonce: made.isPlain && profile.allowPlainNonce ? random.toString('hex') : formatSequenceNonce(made.seq, random),
      keyid: KEYID,
      key: SIGNING_KEYS[alg],
    })
    if (result.outcome !== 'signed') throw new Error(result.detail)
    return { request: { method, target, headers: [...headers, ...result.headers] }, profile, alg }
  })

type Mutation = (request: CredentialRequest) => CredentialRequest

const PIECES = [
  ...Array.from('"=:;,()\\ \t/?%#.&A0z\0\u00e9\u212a'),
  '\r\n ',
  '//',
  '/..',
  '/%2e%2e;x',
  '%2f',
  '%25',
  '%00',
  '%5c',
  ';sf',
  ';x=1',
  ';created=1',
  ';tag="countersign"',
  ' "@method"',
  ' "cookie"',
  '=:',
  ', a=()',
  '.0',
  'cs=',
]

const changeField =
  (pick: number, change: (field: HttpField) => HttpField[]): Mutation =>
  (request) => {
    const index = pick % Math.max(1, request.headers.length)
    return { ...request, headers: request.headers.flatMap((field, at) => (at === index ? change(field) : [field])) }
  }
const changeNamed =
  (name: string, change: (value: string) => string): Mutation =>
  (request) => ({
    ...request,
    headers: request.headers.map(([key, value]) => [key, key.toLowerCase() === name ? change(value) : value] as const),
  })
const splice = (text: string, at: number, remove: number, insert: string) => {
  const start = at % (text.length + 1)
  return text.slice(0, start) + insert + text.slice(start + remove)
}

const at = fc.nat(2_000)
const signatureField = fc.constantFrom('signature-input', 'signature', 'content-digest')
const mutation: fc.Arbitrary<Mutation> = fc.oneof(
  // Harmless: the same request to HTTP.
  fc
    .tuple(at, fc.boolean())
    .map(([pick, upper]) =>
      changeField(pick, ([name, value]) => [[upper ? name.toUpperCase() : name.toLowerCase(), value]]),
    ),
  fc.tuple(at, at).map(([from, to]): Mutation => (request) => {
    const headers = [...request.headers]
    const moved = headers.splice(from % headers.length, 1)
    headers.splice(to % (headers.length + 1), 0, ...moved)
    return { ...request, headers }
  }),
  fc
    .tuple(at, fc.constantFrom(' ', '\t', ' \t '))
    .map(([pick, space]) => changeField(pick, ([name, value]) => [[name, `${space}${value}${space}`]])),
  at.map((pick) => changeField(pick, (field) => [['X-Other', 'y'], field])),
  // A second line, a line less, a changed name.
  at.map((pick) => changeField(pick, (field) => [field, field])),
  at.map((pick) =>
    changeField(pick, ([name, value]) => [
      [name, value],
      [name.toUpperCase(), ''],
    ]),
  ),
  at.map((pick) => changeField(pick, () => [])),
  fc
    .tuple(at, fc.constantFrom('\u212a', ' ', 'x'))
    .map(([pick, letter]) => changeField(pick, ([name, value]) => [[name.replace(/k|e/, letter), value]])),
  // Any character of the fields that matter.
  fc
    .tuple(signatureField, at, fc.nat(2), fc.constantFrom('', ...PIECES))
    .map(([name, start, remove, insert]) => changeNamed(name, (value) => splice(value, start, remove, insert))),
  fc
    .tuple(at, at, fc.constantFrom('', ...PIECES))
    .map(([pick, start, insert]) => changeField(pick, ([name, value]) => [[name, splice(value, start, 0, insert)]])),
  // Structure of Signature-Input.
  fc.tuple(at, at).map(([from, to]) => changeNamed('signature-input', (value) => moveParameter(value, from, to))),
  at.map((pick) =>
    changeNamed('signature-input', (value) =>
      value.replace(/\(([^)]*)\)/, (_, list: string) => `(${rotate(list, pick)})`),
    ),
  ),
  fc
    .constantFrom('created', 'expires', 'nonce')
    .map((name) => changeNamed('signature-input', (value) => value.replace(`${name}=`, `${name}=0`))),
  fc
    .tuple(fc.constantFrom('created', 'expires'), fc.integer({ min: -70, max: 70 }))
    .map(([name, by]) =>
      changeNamed('signature-input', (value) =>
        value.replace(new RegExp(`${name}=(\\d+)`), (_, n: string) => `${name}=${Number(n) + by}`),
      ),
    ),
  fc
    .constantFrom('9007199254740991', '9007199254740992', '0', '01', '999999999999999')
    .map((seq) => changeNamed('signature-input', (value) => value.replace(/nonce="\d+\./, `nonce="${seq}.`))),
  fc
    .constantFrom('hmac-sha256', 'ed25519', 'ecdsa-p256-sha256', 'none')
    .map((alg) => changeNamed('signature-input', (value) => value.replace(/alg="[^"]*"/, `alg="${alg}"`))),
  fc.constantFrom('sig', 'cs2', 'CS', '*').map(
    (label): Mutation =>
      (request) =>
        changeNamed('signature', (value) => value.replace(/^cs/, label))(
          changeNamed('signature-input', (value) => value.replace(/^cs/, label))(request),
        ),
  ),
  fc.boolean().map((before): Mutation => (request) => {
    const join = (value: string, other: string) => (before ? `${other}, ${value}` : `${value},${other}`)
    return changeNamed('signature', (value) => join(value, 'o=:AA==:'))(
      changeNamed('signature-input', (value) => join(value, 'o=("@method");tag="o"'))(request),
    )
  }),
  // Base64.
  fc
    .tuple(
      signatureField,
      fc.constantFrom<(value: string) => string>(
        (value) => value.replace(/=+:$/, ':'),
        (value) => value.replaceAll('+', '-').replaceAll('/', '_'),
        (value) => value.replace(/.(=+:)$/, 'B$1'),
        (value) => value.replace(/:$/, '=:'),
        (value) => value.slice(0, -6) + value.slice(-2),
      ),
    )
    .map(([name, change]) => changeNamed(name, change)),
  // Method, target, content.
  fc
    .constantFrom('get', 'POST', 'GET', 'TRACE', 'CONNECT', 'QUERY', 'M-SEARCH', '')
    .map((method): Mutation => (request) => ({ ...request, method })),
  fc.tuple(at, fc.nat(2), fc.constantFrom('', ...PIECES)).map(([start, remove, insert]): Mutation => (request) => ({
    ...request,
    target: splice(request.target, start, remove, insert),
  })),
  fc
    .constantFrom('*', '', '/a?', 'https://orders.example/a', 'http://evil.example')
    .map((target): Mutation => (request) => ({ ...request, target })),
  fc
    .constantFrom<HttpField>(
      ['Content-Length', '5'],
      ['content-length', ''],
      ['Transfer-Encoding', 'chunked'],
      ['Cookie', 'c=3'],
      ['Content-Digest', 'md5=:AA==:'],
    )
    .map((field): Mutation => (request) => ({ ...request, headers: [field, ...request.headers] })),
)

function moveParameter(value: string, from: number, to: number): string {
  const [list = '', ...parameters] = value.split(';')
  const moved = parameters.splice(from % Math.max(1, parameters.length), 1)
  parameters.splice(to % (parameters.length + 1), 0, ...moved)
  return [list, ...parameters].join(';')
}

function rotate(list: string, by: number): string {
  const names = list.split(' ')
  const pivot = by % names.length
  return [...names.slice(pivot), ...names.slice(0, pivot)].join(' ')
}

/** The result with the function replaced by what it gives, so that it can be compared whole. */
function flatten(result: ParseRequestCredentialResult): unknown {
  if (result.outcome !== 'parsed') return result
  const { signatureBaseFor, ...credential } = result.credential
  return { ...credential, bases: [signatureBaseFor(AUTHORITY), signatureBaseFor('other.example:8443')] }
}

describe('the fast and the generic path', () => {
  it('agree on every credential that the agent makes, and the fast path takes each', () => {
    fc.assert(
      fc.property(signed, ({ request, profile, alg }) => {
        const fast = parseRequestCredentialFast(request, profile)
        if (fast?.outcome !== 'parsed') throw new Error('not taken by the fast path')
        expect(flatten(fast)).toStrictEqual(flatten(parseRequestCredentialGeneric(request, profile)))
        const verified = verifyRequestCredential(fast.credential, { authority: AUTHORITY, key: VERIFICATION_KEYS[alg] })
        expect(verified.outcome).toBe('verified')
      }),
      { numRuns: 500 },
    )
  })

  it('agree on whatever becomes of one, and nothing but the same signature base verifies', () => {
    const seen = { fast: 0, parsed: 0, refused: 0, verified: 0 }
    const property = fc.property(signed, fc.array(mutation, { minLength: 1, maxLength: 3 }), (original, mutations) => {
      const request = mutations.reduce((changed, mutate) => mutate(changed), original.request)
      const fast = parseRequestCredentialFast(request, original.profile)
      const generic = parseRequestCredentialGeneric(request, original.profile)
      seen[generic.outcome]++
      if (fast !== undefined) {
        seen.fast++
        if (!isDeepStrictEqual(flatten(fast), flatten(generic))) expect(flatten(fast)).toStrictEqual(flatten(generic))
      }
      if (generic.outcome !== 'parsed' || generic.credential.alg !== original.alg) return
      const key = VERIFICATION_KEYS[original.alg]
      if (verifyRequestCredential(generic.credential, { authority: AUTHORITY, key }).outcome !== 'verified') return
      seen.verified++
      const before = parseRequestCredential(original.request, original.profile)
      if (before.outcome !== 'parsed') throw new Error(before.detail)
      expect(generic.credential.signatureBaseFor(AUTHORITY)).toBe(before.credential.signatureBaseFor(AUTHORITY))
    })
    fc.assert(property, { numRuns: 6_000 })
    // The property would hold for a fast path that takes nothing, and for mutations that break everything.
    for (const count of Object.values(seen)) expect(count).toBeGreaterThan(300)
  })
})
