/** Every refusal of protocol section 4, each with its code. */
import { describe, expect, it } from 'vitest'
import { AUTHORITY, CREATED, KEYID, PROFILE, vectorRequest, vectors } from '../../test/vectors/countersign-v1'
import {
  computeContentDigest,
  parseRequestCredential,
  parseRequestCredentialFast,
  parseRequestCredentialGeneric,
  type CredentialProfile,
  type CredentialRequest,
  type HttpField,
} from './index'
import { P256_ORDER } from './read-signature'

const NONCE = '1.9qLRjFBrEOpIq8BcwWLlOg'
const DERIVED = '"@method" "@authority" "@path" "@query"'
const PARAMS = `;created=${CREATED};expires=${CREATED + 60};nonce="${NONCE}";keyid="${KEYID}";alg="hmac-sha256";tag="countersign"`
const MAC = `:${Buffer.alloc(32, 1).toString('base64')}:`
const EMPTY_DIGEST = computeContentDigest(new Uint8Array())

type Change = {
  method?: string
  target?: string
  /** Of the label `cs`; the default covers the derived components alone. */
  components?: string
  params?: string
  input?: string
  signature?: string
  headers?: HttpField[]
  profile?: Partial<CredentialProfile>
}

/** A GET that is well-formed but for the change; signatures are not looked at here. */
function build(change: Change): [CredentialRequest, CredentialProfile] {
  const input = change.input ?? `cs=(${change.components ?? DERIVED})${change.params ?? PARAMS}`
  const headers: HttpField[] = [
    ...(change.headers ?? []),
    ...(input === '' ? [] : [['Signature-Input', input] as const]),
    ...(change.signature === '' ? [] : [['Signature', change.signature ?? `cs=${MAC}`] as const]),
  ]
  const request = { method: change.method ?? 'GET', target: change.target ?? '/v1/orders', headers }
  return [request, { ...PROFILE, ...change.profile }]
}

function swap(from: string, to: string): { params: string } {
  expect(PARAMS).toContain(from)
  return { params: PARAMS.replace(from, to) }
}

const INPUT = `cs=(${DERIVED})${PARAMS}`
const OTHER = `other=("@method");created=1;tag="other"`
const highS = Buffer.concat([Buffer.alloc(32, 1), Buffer.from((P256_ORDER / 2n + 1n).toString(16), 'hex')])
const ECDSA = swap('"hmac-sha256"', '"ecdsa-p256-sha256"')
const member = (bytes: Buffer) => `cs=:${bytes.toString('base64')}:`
const scalars = (r: bigint, s: bigint) =>
  member(Buffer.from(r.toString(16).padStart(64, '0') + s.toString(16).padStart(64, '0'), 'hex'))

describe('a request credential is taken', () => {
  it.each<[string, Change]>([
    ['as the agent writes it', {}],
    ['with the components in another order', { components: '"@query" "@path" "@authority" "@method"' }],
    [
      'with the parameters in another order',
      {
        params: `;tag="countersign";alg="hmac-sha256";keyid="${KEYID}";nonce="${NONCE}";expires=${CREATED + 1};created=${CREATED}`,
      },
    ],
    ['under another label', { input: INPUT.replace('cs=', 'sig1='), signature: `sig1=${MAC}` }],
    ['beside signatures of others', { input: `${OTHER}, ${INPUT}`, signature: `cs=${MAC},\tother=:AA==:` }],
    [
      'as the fourth member',
      { input: `a=();created=1,b=("x";sf);c,c=("y"),${INPUT}`, signature: `cs=${MAC}, a=::, b=::, c=::` },
    ],
    [
      'beside a signature whose string holds a comma',
      { input: `a=();x="b=(),\\"",${INPUT}`, signature: `a=::,cs=${MAC}` },
    ],
    ['with whitespace around the field values', { input: ` \t${INPUT} `, signature: `\t cs=${MAC}  ` }],
    ['with a plain nonce', swap(NONCE, '0123456789abcdef')],
    ['with the greatest number', swap(NONCE, '9007199254740991.9qLRjFBrEOpIq8BcwWLlOg')],
    ['with an absolute-form target', { target: 'https://orders.example/v1/orders' }],
    ['with an encoded slash where allowed', { target: '/a%2fb', profile: { allowEncodedSlash: true } }],
    ['with content-length 0 on a GET', { headers: [['Content-Length', '0']] }],
    ['with an empty covered field', { headers: [['Cookie', '']], components: `${DERIVED} "cookie"` }],
    [
      'with several cookie lines',
      {
        headers: [
          ['Cookie', 'a=1'],
          ['cookie', 'b=2'],
        ],
        components: `${DERIVED} "cookie"`,
      },
    ],
    ['with content-type on a GET', { headers: [['Content-Type', 'a/b']], components: `"content-type" ${DERIVED}` }],
    [
      'with a field that the service added',
      {
        headers: [['X-Tenant-Id', '7']],
        components: `"x-tenant-id" ${DERIVED}`,
        profile: { coveredFields: ['x-tenant-id'] },
      },
    ],
    [
      'with a method that is not common',
      { method: 'M-SEARCH', headers: [['Content-Digest', EMPTY_DIGEST]], components: `${DERIVED} "content-digest"` },
    ],
    ['with r and s in range', { ...ECDSA, signature: scalars(1n, P256_ORDER / 2n) }],
  ])('%s', (_, change) => {
    expect(parseRequestCredential(...build(change))).toMatchObject({
      outcome: 'parsed',
      credential: { machineId: vectors.machineId, generation: 3 },
    })
  })

  it('joins several cookie lines with a semicolon', () => {
    const headers: HttpField[] = [
      ['Cookie', ' a=1'],
      ['X', 'y'],
      ['cookie', 'b=2 '],
    ]
    const parsed = parseRequestCredential(...build({ headers, components: `${DERIVED} "cookie"` }))
    if (parsed.outcome !== 'parsed') throw new Error(parsed.detail)
    expect(parsed.credential.signatureBaseFor(AUTHORITY)).toContain('\n"cookie": a=1; b=2\n')
  })
})

describe('credential_missing', () => {
  it.each<[string, Change]>([
    ['no signature fields', { input: '', signature: '' }],
    ['empty signature fields', { input: ' ', signature: ' ' }],
    ['signatures of others only', { input: OTHER, signature: `other=${MAC}` }],
    ['a machine message instead of a request credential', swap('"countersign"', '"countersign-enroll"')],
    ['a tag that is a token', swap('"countersign"', 'countersign')],
    ['a tag in other letters', swap('"countersign"', '"Countersign"')],
  ])('%s', (_, change) => {
    expect(parseRequestCredential(...build(change))).toMatchObject({ outcome: 'refused', code: 'credential_missing' })
  })
})

describe('credential_malformed', () => {
  const fieldCases: [string, Change][] = [
    ['two members with our tag', { input: `${INPUT}, b${INPUT}`, signature: `cs=${MAC}, bcs=${MAC}` }],
    ['a label twice in Signature-Input', { input: `${INPUT}, ${INPUT}` }],
    ['a label twice in Signature', { signature: `cs=${MAC}, cs=${MAC}` }],
    ['a label in Signature-Input only', { signature: '' }],
    ['a label in Signature only', { input: '' }],
    ['another label in Signature', { signature: `sc=${MAC}` }],
    ["another signature's label in only one field", { input: `${INPUT}, ${OTHER}` }],
    ['five members', { input: `a=(),b=(),c=(),d=(),${INPUT}`, signature: `a=::,b=::,c=::,d=::,cs=${MAC}` }],
    ['a field over 8 KiB', { input: `${INPUT}, a=();x="${'y'.repeat(8_192)}"`, signature: `cs=${MAC}, a=::` }],
    ['a second Signature-Input line', { headers: [['signature-input', OTHER]] }],
    ['a second Signature line', { headers: [['SIGNATURE', `other=${MAC}`]] }],
    ['an obs-fold in Signature-Input', { input: INPUT.replace('" "', '"\r\n "') }],
    ['an obs-fold in Signature', { signature: `cs=\r\n ${MAC}` }],
    ['another alphabet in Signature-Input', { input: INPUT.replace('countersign"', 'c\u03bfuntersign"') }],
    ['a NUL in Signature', { signature: `cs=${MAC}\0` }],
    ['a trailing comma', { input: `${INPUT},` }],
    ['a member that is no list', { input: 'cs=?1' }],
    ['a member without a value', { input: `cs${PARAMS}` }],
    ['a list that does not end', { input: 'cs=("@method"' }],
    ['two spaces between components', { components: DERIVED.replace(' ', '  ') }],
    ['a space at the start of the list', { components: ` ${DERIVED}` }],
    ['a field name outside of ASCII', { headers: [['coo\u212aie', 'a']] }],
    ['a field name with a space', { headers: [['cookie ', 'a']] }],
  ]
  const parameterCases: [string, Change][] = [
    ['our tag twice', swap('tag="countersign"', 'tag="countersign";tag="countersign"')],
    ['our tag hidden before another', swap('tag="countersign"', 'tag="countersign";tag="other"')],
    ['our tag hidden behind a space', swap(';tag="countersign"', '; tag="countersign";tag="other"')],
    ['our tag as a component parameter', { components: '"@method";tag="countersign"', params: ';tag="x"' }],
    ['created twice', swap(`created=${CREATED}`, `created=${CREATED};created=${CREATED}`)],
    ['an unknown parameter', { params: `${PARAMS};x=1` }],
    ['no created', swap(`;created=${CREATED}`, '')],
    ['no expires', swap(`;expires=${CREATED + 60}`, '')],
    ['no nonce', swap(`;nonce="${NONCE}"`, '')],
    ['no keyid', swap(`;keyid="${KEYID}"`, '')],
    ['no alg', swap(';alg="hmac-sha256"', '')],
    ['a space before a parameter', swap(';created', '; created')],
    ['created as a decimal', swap(`created=${CREATED}`, `created=${CREATED}.0`)],
    ['created as a fraction', swap(`created=${CREATED}`, `created=${CREATED}.5`)],
    ['created with a leading zero', swap(`created=${CREATED}`, `created=0${CREATED}`)],
    ['created zero', swap(`created=${CREATED};expires=${CREATED + 60}`, 'created=0;expires=60')],
    ['created minus zero', swap(`created=${CREATED};expires=${CREATED + 60}`, 'created=-0;expires=60')],
    ['created negative', swap(`created=${CREATED}`, `created=-${CREATED}`)],
    ['created with an exponent', swap(`created=${CREATED}`, 'created=1e9')],
    ['created of 16 digits', swap(`created=${CREATED}`, 'created=1795305600000000')],
    ['created as a text', swap(`created=${CREATED}`, `created="${CREATED}"`)],
    ['created as a date', swap(`created=${CREATED}`, `created=@${CREATED}`)],
    ['expires at created', swap(`expires=${CREATED + 60}`, `expires=${CREATED}`)],
    ['expires before created', swap(`expires=${CREATED + 60}`, `expires=${CREATED - 1}`)],
    ['expires 61 seconds later', swap(`expires=${CREATED + 60}`, `expires=${CREATED + 61}`)],
    ['alg as a token', swap('alg="hmac-sha256"', 'alg=hmac-sha256')],
    ['keyid as a token', swap(`keyid="${KEYID}"`, `keyid=${KEYID}`)],
  ]
  const keyidCases: [string, Change][] = [
    'mach_01k3tt0z0ye00800014d2pf2db',
    'mach_01k3tt0z0ye00800014d2pf2db.0',
    'mach_01k3tt0z0ye00800014d2pf2db.03',
    'mach_01k3tt0z0ye00800014d2pf2db.1234567890',
    'mach_01k3tt0z0ye00800014d2pf2db.3 ',
    'mach_01k3tt0z0ye00800014d2pf2db.3.3',
    'mach_81k3tt0z0ye00800014d2pf2db.3',
    'mach_01k3tt0z0ye00800014d2pf2d.3',
    'mach_01k3tt0z0ye00800014d2pf2dbb.3',
    'mach_01K3TT0Z0YE00800014D2PF2DB.3',
    'mach_01k3tt0z0ye00800014d2pf2di.3',
    'svc_01k3tt0z0ye00800014d2pf2db.3',
    '__proto__',
    '',
    "mach_' or 1=1 --",
    'x'.repeat(4_000),
  ].map((keyid) => [`keyid ${keyid.slice(0, 40)}`, swap(KEYID, keyid)])
  const nonceCases: [string, Change][] = [
    '',
    '0.9qLRjFBrEOpIq8BcwWLlOg',
    '01.9qLRjFBrEOpIq8BcwWLlOg',
    '-1.9qLRjFBrEOpIq8BcwWLlOg',
    '9007199254740992.9qLRjFBrEOpIq8BcwWLlOg',
    '9999999999999999.9qLRjFBrEOpIq8BcwWLlOg',
    '12345678901234567.9qLRjFBrEOpIq8BcwWLlOg',
    '1.9qLRjFBrEOpIq8BcwWLlO',
    '1.9qLRjFBrEOpIq8BcwWLlOgg',
    '1.9qLRjFBrEOpIq8BcwWLlOh',
    '1.9qLRjFBrEOpIq8BcwWLl+g',
    '1.1.9qLRjFBrEOpIq8BcwWLlOg',
    'fifteen-letters',
    'a'.repeat(65),
    'with spaces in the middle',
  ].map((nonce) => [`nonce ${nonce.slice(0, 40)}`, swap(NONCE, nonce)])
  const signatureCases: [string, Change][] = [
    ['a MAC cut to 16 bytes', { signature: member(Buffer.alloc(16)) }],
    ['a MAC of 33 bytes', { signature: member(Buffer.alloc(33)) }],
    ['an empty MAC', { signature: 'cs=::' }],
    ['an Ed25519 signature as a MAC', { signature: member(Buffer.alloc(64)) }],
    ['a MAC as an Ed25519 signature', swap('"hmac-sha256"', '"ed25519"')],
    ['base64 without padding', { signature: `cs=${MAC.replace('=', '')}` }],
    ['base64 with spare bits', { signature: `cs=${MAC.replace('E=', 'F=')}` }],
    ['base64url', { signature: `cs=:${Buffer.alloc(32, 255).toString('base64url')}=:` }],
    ['base64 with whitespace', { signature: `cs=:AQEB ${MAC.slice(5)}` }],
    ['base64 with a second padding', { signature: `cs=${MAC.replace('=', '==')}` }],
    ['a signature with a parameter', { signature: `cs=${MAC};a=1` }],
    ['a signature as a text', { signature: 'cs="AAAA"' }],
    ['ECDSA with s above half of the order', { ...ECDSA, signature: member(highS) }],
    ['ECDSA with r of zero', { ...ECDSA, signature: scalars(0n, 1n) }],
    ['ECDSA with s of zero', { ...ECDSA, signature: scalars(1n, 0n) }],
    ['ECDSA with r at the order', { ...ECDSA, signature: scalars(P256_ORDER, 1n) }],
    [
      'ECDSA in DER',
      { ...ECDSA, signature: member(Buffer.from(`30440220${'01'.repeat(32)}0220${'01'.repeat(32)}`, 'hex')) },
    ],
  ]
  const requestCases: [string, Change][] = [
    ['a lower-case method', { method: 'get' }],
    ['a method in mixed case', { method: 'Get' }],
    ['no method', { method: '' }],
    ['a method with a line break', { method: 'GET\n' }],
    ['CONNECT', { method: 'CONNECT', target: 'orders.example:443' }],
    ['TRACE', { method: 'TRACE' }],
    ['the target *', { method: 'OPTIONS', target: '*' }],
    ['a dot segment', { target: '/public/../admin' }],
    ['an encoded slash', { target: '/a%2fb' }],
    ['a bare trailing ?', { target: '/a?' }],
    [
      'two lines of a covered field',
      {
        headers: [
          ['X-Api-Key', 'a'],
          ['x-api-key', 'a'],
        ],
        components: `${DERIVED} "x-api-key"`,
      },
    ],
    ['an obs-fold in a covered field', { headers: [['X-Api-Key', 'a\r\n b']], components: `${DERIVED} "x-api-key"` }],
    [
      'a line break in a covered field',
      { headers: [['X-Api-Key', 'a\n"@path": /b']], components: `${DERIVED} "x-api-key"` },
    ],
    [
      'another alphabet in a covered field',
      { headers: [['X-Api-Key', '\u00e9']], components: `${DERIVED} "x-api-key"` },
    ],
    ['a NUL in a covered field', { headers: [['Cookie', 'a\0']], components: `${DERIVED} "cookie"` }],
    ['a component that is a token', { components: `@method ${DERIVED}` }],
    ['a component that is a number', { components: `${DERIVED} 1` }],
  ]
  const digestCases: [string, Change][] = [
    'md5=:AAAA:',
    'unknown=:AAAA:',
    '',
    'sha-256=:AAAA:',
    EMPTY_DIGEST.replace('=:', ':'),
    EMPTY_DIGEST.replaceAll(':', '"'),
    `${EMPTY_DIGEST};a=1`,
    `${EMPTY_DIGEST}, ${EMPTY_DIGEST}`,
    `${EMPTY_DIGEST}, sha-512=:AAAA:`,
    EMPTY_DIGEST.replace('U=', 'V='),
    EMPTY_DIGEST.toUpperCase(),
  ].map((digest) => [
    `content-digest ${digest.slice(0, 30)}`,
    { method: 'POST', headers: [['Content-Digest', digest]], components: `${DERIVED} "content-digest"` },
  ])

  const cases = [
    ...fieldCases,
    ...parameterCases,
    ...keyidCases,
    ...nonceCases,
    ...signatureCases,
    ...requestCases,
    ...digestCases,
  ]

  it.each(cases)('%s', (_, change) => {
    expect(parseRequestCredential(...build(change))).toMatchObject({ outcome: 'refused', code: 'credential_malformed' })
  })

  it('says for each the reason that was meant', () => {
    const details = cases.map(([name, change]) => {
      const result = parseRequestCredential(...build(change))
      return `${name}: ${result.outcome === 'refused' ? result.detail : 'parsed'}`
    })
    expect(details).toMatchSnapshot()
  })

  it('a plain nonce where the service wants numbers', () => {
    const change = { ...swap(NONCE, '0123456789abcdef'), profile: { allowPlainNonce: false } }
    expect(parseRequestCredential(...build(change))).toMatchObject({ code: 'credential_malformed' })
    expect(parseRequestCredential(...build({ profile: { allowPlainNonce: false } })).outcome).toBe('parsed')
  })
})

describe('component_missing', () => {
  it.each<[string, Change]>([
    ['nothing covered', { components: '' }],
    ...['@method', '@authority', '@path', '@query'].map((name): [string, Change] => [
      `${name} not covered`,
      { components: DERIVED.replace(`"${name}"`, '').replace('  ', ' ').trim() },
    ]),
    ['an authorization that is not covered', { headers: [['Authorization', 'Bearer x']] }],
    ['a cookie that is not covered', { headers: [['Cookie', 'a=1']] }],
    ['an empty x-api-key that is not covered', { headers: [['X-API-KEY', '']] }],
    ['a content-type that is not covered', { headers: [['content-type', 'a/b']] }],
    ['a content-encoding that is not covered', { headers: [['content-encoding', 'gzip']] }],
    ['a content-digest that is not covered on a GET', { headers: [['content-digest', EMPTY_DIGEST]] }],
    [
      'a field that the service added',
      { headers: [['X-Tenant-Id', '7']], profile: { coveredFields: ['x-tenant-id'] } },
    ],
    ['a POST without a digest', { method: 'POST' }],
    ['a DELETE without a digest', { method: 'DELETE' }],
    ['a covered digest that did not arrive', { method: 'POST', components: `${DERIVED} "content-digest"` }],
    ['a covered field that did not arrive', { components: `${DERIVED} "authorization"` }],
    ['a covered content-type that did not arrive', { components: `${DERIVED} "content-type"` }],
  ])('%s', (_, change) => {
    expect(parseRequestCredential(...build(change))).toMatchObject({ outcome: 'refused', code: 'component_missing' })
  })
})

describe('component_unexpected', () => {
  it.each<[string, Change]>([
    ['a component twice', { components: `${DERIVED} "@method"` }],
    ['a derived component that is not ours', { components: `${DERIVED} "@target-uri"` }],
    ['an unknown derived component', { components: `${DERIVED} "@nonsense"` }],
    ['a response component', { components: `${DERIVED} "@status"` }],
    ['a field that the service does not ask for', { headers: [['Date', 'x']], components: `${DERIVED} "date"` }],
    ['a signature field', { components: `${DERIVED} "signature"` }],
    ['a name in upper case', { headers: [['Cookie', 'a']], components: `${DERIVED} "Cookie"` }],
    ...['sf', 'key="a"', 'bs', 'req', 'tr', 'x=1'].map((parameter): [string, Change] => [
      `the component parameter ${parameter}`,
      { headers: [['Cookie', 'a']], components: `${DERIVED} "cookie";${parameter}` },
    ]),
    ['a parameter on a derived component', { components: DERIVED.replace('"@method"', '"@method";req') }],
    ['a query parameter', { components: `${DERIVED} "@query-param";name="a"` }],
  ])('%s', (_, change) => {
    expect(parseRequestCredential(...build(change))).toMatchObject({ outcome: 'refused', code: 'component_unexpected' })
  })
})

describe('algorithm_not_allowed', () => {
  it.each(['none', 'HMAC-SHA256', 'rsa-pss-sha512', 'rsa-v1_5-sha256', 'ecdsa-p384-sha384', 'hmac-sha1', 'toString'])(
    'alg %s',
    (alg) => {
      const result = parseRequestCredential(...build(swap('hmac-sha256', alg)))
      expect(result).toMatchObject({ outcome: 'refused', code: 'algorithm_not_allowed' })
    },
  )
})

describe('body_unexpected', () => {
  it.each(['GET', 'HEAD', 'OPTIONS'])('content on %s', (method) => {
    for (const field of [
      ['Content-Length', '2'],
      ['content-length', '1, 1'],
      ['Transfer-Encoding', 'chunked'],
    ] as const) {
      const result = parseRequestCredential(...build({ method, headers: [field] }))
      expect(result).toMatchObject({ outcome: 'refused', code: 'body_unexpected' })
    }
  })

  it('content on a GET whose service covers content-length', () => {
    const change: Change = {
      headers: [['Content-Length', '2']],
      components: `${DERIVED} "content-length"`,
      profile: { coveredFields: ['content-length'] },
    }
    expect(parseRequestCredential(...build(change))).toMatchObject({ code: 'body_unexpected' })
  })
})

describe('details', () => {
  it('never repeat a value of the request', () => {
    const secret = 'S3cr3tValue'
    const changes: Change[] = [
      { headers: [['Authorization', secret]] },
      { headers: [['Authorization', `${secret}\u00e9`]], components: `${DERIVED} "authorization"` },
      { target: `/${secret}//` },
      { params: PARAMS.replace(NONCE, secret) },
      { components: `${DERIVED} "${secret}"` },
      { signature: `cs="${secret}"` },
      { method: secret },
    ]
    for (const change of changes) {
      const result = parseRequestCredential(...build(change))
      expect(result.outcome).toBe('refused')
      expect(JSON.stringify(result)).not.toContain(secret)
    }
  })
})

describe('a profile', () => {
  it.each(['Cookie', '@method', 'signature', 'signature-input', '', 'a b', 'a"b'])('cannot cover %j', (name) => {
    const profile = { ...PROFILE, coveredFields: [name] }
    expect(() => parseRequestCredential(vectorRequest(0), profile)).toThrow(TypeError)
  })
})

describe('parseRequestCredentialFast', () => {
  it('never refuses by itself', () => {
    expect(parseRequestCredentialFast(...build({ method: 'get' }))).toBeUndefined()
    expect(parseRequestCredentialGeneric(...build({ method: 'get' })).outcome).toBe('refused')
  })
})
