/** The components of RFC 9421 §2: the value of each, against a base that the test wrote, and what is refused. */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { verifyMessageSignature, type HttpField, type RequestMessage, type ResponseMessage } from './index'
import { macFields, macOptions, macRequest, plainRequest, type ExpectedLine } from './testing/mac-message'

type Changes = Partial<RequestMessage>

const PARAMETERS =
  '/parameters?var=this%20is%20a%20big%0Amultiline%20value&bar=with+plus+whitespace&fa%C3%A7ade%22%3A%20=something&two=1&two=2'
/** RFC 9421 §2.1.1 and §2.1.2. */
const DICTIONARY: HttpField = ['Example-Dict', '  a=1,    b=2;x=1;y=2,   c=(a   b   c)  ']
const DICTIONARY_OF_KEYS: HttpField = ['Example-Dict', 'a=1, b=2;x=1;y=2, c=(a   b    c), d']
const headers = (...fields: HttpField[]): Changes => ({ headers: fields })

const verify = (message: RequestMessage | ResponseMessage) => verifyMessageSignature(message, macOptions)

function expectCovered(lines: readonly ExpectedLine[], changes: Changes = {}): void {
  expect(verify(macRequest(lines, changes))).toMatchObject({
    outcome: 'verified',
    coveredComponents: lines.map(([identifier]) => identifier),
  })
}

describe('components of a request', () => {
  it.each<[string, string, Changes]>([
    // RFC 9421 §2.2.
    ['"@method"', 'GET', {}],
    ['"@method"', 'get', { method: 'get' }],
    ['"@authority"', 'www.example.com', { authority: 'WWW.Example.com:443' }],
    ['"@authority"', 'www.example.com:8443', { authority: 'www.example.com:8443' }],
    ['"@scheme"', 'http', { scheme: 'http' }],
    ['"@path"', '/orders', {}],
    ['"@path"', '/', { target: 'https://www.example.com' }],
    ['"@query"', '?status=open', {}],
    ['"@query"', '?', { target: '/orders' }],
    ['"@query"', '?queryString', { target: '/path?queryString' }],
    ['"@query"', '?param=value&foo=bar&baz=bat%2Dman', { target: '/path?param=value&foo=bar&baz=bat%2Dman' }],
    ['"@target-uri"', 'https://www.example.com/orders?status=open', {}],
    ['"@target-uri"', 'https://www.example.com/orders', { target: '/orders' }],
    ['"@target-uri"', 'http://www.example.com/', { target: 'http://WWW.example.com:80', scheme: 'http' }],
    // §2.2.5, the four forms of a request-target.
    ['"@request-target"', '/orders?status=open', {}],
    ['"@request-target"', 'https://www.example.com/a?b=c', { target: 'https://www.example.com/a?b=c' }],
    ['"@request-target"', 'www.example.com:80', { method: 'CONNECT', target: 'www.example.com:80', scheme: 'http' }],
    ['"@request-target"', '*', { method: 'OPTIONS', target: '*' }],
    ['"@path"', '/chat', { method: 'CONNECT', target: '/chat' }],
    // §2.2.8.
    ['"@query-param";name="baz"', 'batman', { target: '/path?param=value&foo=bar&baz=batman&qux=' }],
    ['"@query-param";name="qux"', '', { target: '/path?param=value&foo=bar&baz=batman&qux=' }],
    ['"@query-param";name="flag"', '', { target: '/path?flag' }],
    ['"@query-param";name="var"', 'this%20is%20a%20big%0Amultiline%20value', { target: PARAMETERS }],
    ['"@query-param";name="bar"', 'with%20plus%20whitespace', { target: PARAMETERS }],
    ['"@query-param";name="fa%C3%A7ade%22%3A%20"', 'something', { target: PARAMETERS }],
    ['"@query-param";name="a"', '%7E%21%27%28%29*-._', { target: "/p?a=~!'()*-._" }],
    // §2.1.
    [
      '"x-ows-header"',
      'Leading and trailing whitespace.',
      headers(['X-OWS-Header', '  Leading and trailing whitespace.  ']),
    ],
    ['"x-obs-fold-header"', 'Obsolete line folding.', headers(['X-Obs-Fold-Header', 'Obsolete\r\n    line folding.'])],
    [
      '"x-obs-fold-header"',
      'Obsolete line folding.',
      headers(['X-Obs-Fold-Header', '\r\n Obsolete  \n\t\r\n line folding.']),
    ],
    [
      '"cache-control"',
      'max-age=60, must-revalidate',
      headers(['Cache-Control', 'max-age=60'], ['cache-control', '   must-revalidate ']),
    ],
    ['"x-empty-header"', '', headers(['X-Empty-Header', ''])],
    ['"x-empty-header"', ', ', headers(['X-Empty-Header', ''], ['X-Empty-Header', ' '])],
    // §2.1.1.
    ['"example-dict"', 'a=1,    b=2;x=1;y=2,   c=(a   b   c)', headers(DICTIONARY)],
    ['"example-dict";sf', 'a=1, b=2;x=1;y=2, c=(a b c)', headers(DICTIONARY)],
    ['"example-dict";sf', 'a=1, d', headers(['Example-Dict', 'a=1'], ['Example-Dict', 'd=?1'])],
    ['"client-cert";sf', ':AAAA:', headers(['Client-Cert', ' :AAAA: '])],
    ['"accept-ch";sf', 'A, b;c', headers(['Accept-CH', 'A,b;  c'])],
    // §2.1.2.
    ['"example-dict";key="a"', '1', headers(DICTIONARY_OF_KEYS)],
    ['"example-dict";key="d"', '?1', headers(DICTIONARY_OF_KEYS)],
    ['"example-dict";key="b"', '2;x=1;y=2', headers(DICTIONARY_OF_KEYS)],
    ['"example-dict";key="c"', '(a b c)', headers(DICTIONARY_OF_KEYS)],
    ['"example-dict";sf;key="c"', '(a b c)', headers(DICTIONARY_OF_KEYS)],
    // §2.1.3.
    [
      '"example-header";bs',
      ':dmFsdWUsIHdpdGgsIGxvdHM=:, :b2YsIGNvbW1hcw==:',
      headers(['Example-Header', 'value, with, lots'], ['Example-Header', 'of, commas']),
    ],
    [
      '"example-header";bs',
      ':dmFsdWUsIHdpdGgsIGxvdHMsIG9mLCBjb21tYXM=:',
      headers(['Example-Header', 'value, with, lots, of, commas']),
    ],
    ['"x-a";bs', ':/+k=:', headers(['X-A', ' \u00ff\u00e9 '])],
    ['"x-a";bs', ':YSBi:', headers(['X-A', 'a\r\n b'])],
    ['"x-a";bs', '::, ::', headers(['X-A', ''], ['X-A', '\t'])],
    // §2.1.4: never mixed with the header section.
    [
      '"expires";tr',
      'Wed, 9 Nov 2022 07:28:00 GMT',
      { headers: [['Expires', 'x']], trailers: [['Expires', 'Wed, 9 Nov 2022 07:28:00 GMT']] },
    ],
  ])('%s is %j', (identifier, value, changes) => {
    expectCovered([[identifier, value]], changes)
  })
})

describe('components of a request that are refused', () => {
  it.each<[string, string, string, Changes]>([
    ['a query parameter that comes twice', '"@query-param";name="two"', 'credential_malformed', { target: PARAMETERS }],
    [
      'one that comes twice in two spellings',
      '"@query-param";name="a%20b"',
      'credential_malformed',
      { target: '/p?a+b=1&a%20b=2' },
    ],
    ['one that is not there', '"@query-param";name="three"', 'component_missing', {}],
    [
      'one whose name is in another spelling',
      '"@query-param";name="fa%c3%a7ade"',
      'component_missing',
      { target: '/p?fa%C3%A7ade=1' },
    ],
    ['one whose value is no UTF-8', '"@query-param";name="a"', 'credential_malformed', { target: '/p?a=%FF' }],
    ['one whose name is no UTF-8', '"@query-param";name="%EF%BF%BD"', 'credential_malformed', { target: '/p?%FE=1' }],
    ['one without a name', '"@query-param"', 'component_unexpected', {}],
    ['one with a token for its name', '"@query-param";name=status', 'component_unexpected', {}],
    ['a name of something else', '"@path";name="a"', 'component_unexpected', {}],
    ['a name of a field', '"x-a";name="a"', 'component_unexpected', headers(['X-A', 'b'])],
    ['the status', '"@status"', 'component_unexpected', {}],
    ['the parameters of the signature', '"@signature-params"', 'component_unexpected', {}],
    ['a derived component that nobody knows', '"@toString"', 'credential_malformed', {}],
    ['another one', '"@host"', 'component_unexpected', {}],
    ['a part of another request', '"@method";req', 'component_unexpected', {}],
    ['a field of another request', '"x-a";req', 'component_unexpected', headers(['X-A', 'b'])],
    ['a field that is not there', '"x-none"', 'component_missing', {}],
    ['a field that is in the trailers only', '"x-a"', 'component_missing', { trailers: [['X-A', 'b']] }],
    ['a trailer that is not there', '"x-a";tr', 'component_missing', headers(['X-A', 'b'])],
    ['a derived component of the trailers', '"@method";tr', 'component_unexpected', {}],
    ['a derived component line by line', '"@method";bs', 'component_unexpected', {}],
    ['a derived component as a structured field', '"@query";sf', 'component_unexpected', {}],
    ['a member of a derived component', '"@query";key="status"', 'component_unexpected', {}],
    ['the same component again', '"@method" "@method"', 'component_unexpected', {}],
    [
      'the same with the parameters in another order',
      '"x-a";bs;tr "x-a";tr;bs',
      'component_unexpected',
      { trailers: [['X-A', 'b']] },
    ],
    ['a name in upper case', '"X-A"', 'credential_malformed', headers(['X-A', 'b'])],
    ['a derived name in upper case', '"@Method"', 'credential_malformed', {}],
    ['a name that is no token', '"x a"', 'credential_malformed', {}],
    ['a name that would begin a line', '"x-a\\": b"', 'credential_malformed', headers(['x-a": b', 'c'])],
    ['a name that is a token', 'x-a', 'credential_malformed', headers(['X-A', 'b'])],
    ['an empty name', '""', 'credential_malformed', {}],
    ['an unknown parameter', '"x-a";zz', 'component_unexpected', headers(['X-A', 'b'])],
    ['a flag that is not set', '"x-a";bs=?0', 'component_unexpected', headers(['X-A', 'b'])],
    ['a flag with a value', '"example-dict";sf=1', 'component_unexpected', headers(DICTIONARY)],
    ['a flag in its long spelling', '"x-a";bs=?1', 'credential_malformed', headers(['X-A', 'b'])],
    ['bytes of a structured field', '"example-dict";bs;sf', 'component_unexpected', headers(DICTIONARY)],
    ['bytes of a member', '"example-dict";key="a";bs', 'component_unexpected', headers(DICTIONARY)],
    ['a key that is no text', '"example-dict";key=a', 'component_unexpected', headers(DICTIONARY)],
    ['a key without a value', '"example-dict";key', 'component_unexpected', headers(DICTIONARY)],
    ['a member that is not there', '"example-dict";key="z"', 'component_missing', headers(DICTIONARY)],
    [
      'a member by the name of a property',
      '"example-dict";key="constructor"',
      'component_missing',
      headers(DICTIONARY),
    ],
    ['a member of a list', '"accept-ch";key="a"', 'component_unexpected', headers(['Accept-CH', 'a'])],
    ['a member of who knows what', '"x-a";key="a"', 'component_unexpected', headers(['X-A', 'a=1'])],
    ['who knows what as a structured field', '"x-a";sf', 'component_unexpected', headers(['X-A', 'a=1'])],
    ['a structured field that is none', '"example-dict";sf', 'credential_malformed', headers(['Example-Dict', 'a=(1'])],
    [
      'a member of what is none',
      '"example-dict";key="a"',
      'credential_malformed',
      headers(['Example-Dict', 'a=1, b=(']),
    ],
    [
      'an item in two lines',
      '"client-cert";sf',
      'credential_malformed',
      headers(['Client-Cert', ':AAAA:'], ['Client-Cert', ':AAAA:']),
    ],
    // The last one counts for some readers, the first for others.
    [
      'a dictionary with a member twice',
      '"example-dict";sf',
      'credential_malformed',
      headers(['Example-Dict', 'a=2'], ['Example-Dict', 'a=1']),
    ],
    [
      'a member that comes twice',
      '"example-dict";key="a"',
      'credential_malformed',
      headers(['Example-Dict', 'a=2, a=1']),
    ],
    [
      'a parameter that comes twice',
      '"example-dict";key="a"',
      'credential_malformed',
      headers(['Example-Dict', 'a=1;x=2;x=1']),
    ],
    ['a field with a line break', '"x-a"', 'credential_malformed', headers(['X-A', 'b\n"@method": PUT'])],
    ['a field with a bare CR', '"x-a"', 'credential_malformed', headers(['X-A', 'b\r "@method": PUT'])],
    ['bytes with a line break', '"x-a";bs', 'credential_malformed', headers(['X-A', 'b\r\nX-B: c'])],
    ['bytes that are no bytes', '"x-a";bs', 'credential_malformed', headers(['X-A', '\u0100'])],
    ['a field that is not ASCII', '"x-a"', 'credential_malformed', headers(['X-A', '\u00e9'])],
    [
      'a structured field that is not ASCII',
      '"example-dict";sf',
      'credential_malformed',
      headers(['Example-Dict', 'a="\u00e9"']),
    ],
    ['the path of a whole server', '"@path"', 'component_unexpected', { method: 'OPTIONS', target: '*' }],
    [
      'the URI of a tunnel',
      '"@target-uri"',
      'component_unexpected',
      { method: 'CONNECT', target: 'www.example.com:443' },
    ],
    ['the query of a tunnel', '"@query"', 'component_unexpected', { method: 'CONNECT', target: 'www.example.com:443' }],
    [
      'a query parameter of a tunnel',
      '"@query-param";name="a"',
      'component_unexpected',
      { method: 'CONNECT', target: 'www.example.com:443' },
    ],
  ])('%s', (_, components, code, changes) => {
    expect(verify(macRequest([[components, '']], changes))).toMatchObject({ outcome: 'refused', code })
  })

  it.each<[string, Changes]>([
    ['a method with a line break', { method: 'GET\n"@path": /' }],
    ['an empty method', { method: '' }],
    ['an asterisk that is not of OPTIONS', { target: '*' }],
    ['a tunnel to another host', { method: 'CONNECT', target: 'evil.example:443' }],
    ['a tunnel without a port', { method: 'CONNECT', target: 'www.example.com' }],
    ['a URL of another host', { target: 'https://evil.example/orders' }],
    ['a URL of another scheme', { target: 'http://www.example.com/orders' }],
    ['a path that two readers take in two ways', { target: '/public/../admin' }],
    ['an authority with a user', { authority: 'a@www.example.com' }],
    ['a field name that is not ASCII', headers(['\u212a-a', 'b'])],
    ['a trailer name that is not ASCII', { trailers: [['\u212a-a', 'b']] }],
  ])('in %s', (_, changes) => {
    expect(verify(macRequest([], changes))).toMatchObject({ outcome: 'refused', code: 'credential_malformed' })
  })
})

describe('components of a response', () => {
  const respond = (lines: readonly ExpectedLine[], changes: Partial<ResponseMessage> = {}): ResponseMessage => ({
    kind: 'response',
    status: 200,
    ...changes,
    headers: [...(changes.headers ?? []), ...macFields(lines)],
  })
  const { kind: _, ...request } = macRequest([['"@method"', 'GET']], {
    headers: [['X-A', 'of the request']],
    trailers: [['X-T', 'of its trailers']],
  })

  it.each<[string, string]>([
    ['"@status"', '200'],
    ['"x-a"', 'of the response'],
    ['"x-a";req', 'of the request'],
    ['"x-a";req;bs', `:${Buffer.from('of the request').toString('base64')}:`],
    ['"x-t";tr;req', 'of its trailers'],
    ['"@method";req', 'GET'],
    ['"@target-uri";req', 'https://www.example.com/orders?status=open'],
    ['"@authority";req', 'www.example.com'],
    ['"@scheme";req', 'https'],
    ['"@request-target";req', '/orders?status=open'],
    ['"@path";req', '/orders'],
    ['"@query";req', '?status=open'],
    ['"@query-param";name="status";req', 'open'],
    // RFC 9421 §2.4: the signature of the request itself.
    ['"signature-input";req;key="sig"', '("@method");created=1618884473;keyid="k"'],
  ])('%s is %j', (identifier, value) => {
    const message = respond([[identifier, value]], { headers: [['X-A', 'of the response']], request })
    expect(verify(message)).toMatchObject({ outcome: 'verified', coveredComponents: [identifier] })
  })

  it('are two when one is of the request', () => {
    const lines: ExpectedLine[] = [
      ['"x-a";req', 'of the request'],
      ['"x-a"', 'of the response'],
    ]
    expect(verify(respond(lines, { headers: [['X-A', 'of the response']], request }))).toMatchObject({
      outcome: 'verified',
    })
  })

  it.each<[string, string, string, Partial<ResponseMessage>]>([
    ['a part of a request that is not at hand', '"@method";req', 'component_missing', {}],
    ['a field of a request that is not at hand', '"x-a";req', 'component_missing', { headers: [['X-A', 'b']] }],
    ['the status of a request', '"@status";req', 'component_unexpected', { request }],
    ['a field that only the request has', '"x-a"', 'component_missing', { request }],
    [
      'a field of the request that only the response has',
      '"x-b";req',
      'component_missing',
      { headers: [['X-B', 'b']], request },
    ],
    ['the method', '"@method"', 'component_unexpected', { request }],
    ['the path', '"@path"', 'component_unexpected', { request }],
    ['the query', '"@query"', 'component_unexpected', { request }],
    ['the authority', '"@authority"', 'component_unexpected', { request }],
    ['a query parameter', '"@query-param";name="status"', 'component_unexpected', { request }],
    [
      'a request that is malformed',
      '"@method";req',
      'credential_malformed',
      { request: { ...request, target: '/..' } },
    ],
    ['the same component again', '"@method";req "@method";req', 'component_unexpected', { request }],
  ])('refuses %s', (_title, components, code, changes) => {
    expect(verify(respond([[components, '']], changes))).toMatchObject({ outcome: 'refused', code })
  })

  it.each([0, 99, 1000, 200.5, Number.NaN, -200])('refuses the status %d', (status) => {
    expect(verify(respond([['"@status"', String(status)]], { status }))).toMatchObject({
      outcome: 'refused',
      code: 'credential_malformed',
    })
  })
})

describe('components, whatever the values', () => {
  const text = fc.string({ unit: fc.constantFrom(...Array.from('ab, ;="\\:\t')), maxLength: 12 })

  it('no two lists of lines are the same line by line', () => {
    const lists = fc.array(
      text.map((line) => line.replace(/^[ \t]+|[ \t]+$/g, '')),
      { minLength: 1, maxLength: 4 },
    )
    fc.assert(
      fc.property(lists, lists, (sent, signed) => {
        const value = signed.map((line) => `:${Buffer.from(line).toString('base64')}:`).join(', ')
        const message = macRequest([['"x-a";bs', value]], { headers: sent.map((line): HttpField => ['X-A', line]) })
        const isSame = JSON.stringify(sent) === JSON.stringify(signed)
        expect(verify(message).outcome).toBe(isSame ? 'verified' : 'refused')
      }),
    )
  })

  it('a query parameter has one value, however its query is spelled', () => {
    const character = fc.constantFrom(...Array.from("aZ09-_.~*!'()&=+% /?\u00e7\u20ac\u{1f600}\n"))
    const word = fc.string({ unit: character, maxLength: 8 })
    const parameter = fc.tuple(word, word)
    fc.assert(
      fc.property(
        fc.uniqueArray(parameter, { minLength: 1, maxLength: 4, selector: ([name]) => name }),
        fc.infiniteStream(fc.nat(2)),
        (parameters, choices) => {
          const spelled = (part: string) => spell(part, choices)
          const query = parameters.map(([name, value]) => `${spelled(name)}=${spelled(value)}`).join('&')
          const lines = parameters.map(([name, value]): ExpectedLine => [
            `"@query-param";name="${encode(name)}"`,
            encode(value),
          ])
          expectCovered(lines, { target: `/p?${query}` })
        },
      ),
    )
  })

  it('nothing that a message holds makes another line of the base', () => {
    const value = fc.string({ unit: fc.constantFrom(...Array.from('a": \n\r\t@')), maxLength: 12 })
    fc.assert(
      fc.property(value, value, value, (field, method, target) => {
        const lines: ExpectedLine[] = [
          ['"@method"', 'GET'],
          ['"@path"', '/'],
          ['"x-a"', 'b'],
        ]
        const sent = { method: `GET${method}`, target: `/${target}`, headers: [['X-A', `b${field}`]] as HttpField[] }
        const isSame = method === '' && target === '' && field.replace(/\r?\n[ \t]/g, ' ').trim() === ''
        if (!isSame) expect(verify(macRequest(lines, sent)).outcome).toBe('refused')
      }),
    )
  })

  it('never throws, and what it takes names what it was given', () => {
    const name = fc.constantFrom(
      '"@method"',
      '"@path"',
      '"@query"',
      '"@query-param"',
      '"@status"',
      '"x-a"',
      '"example-dict"',
      '"signature"',
    )
    const parameter = fc.constantFrom(
      ';req',
      ';sf',
      ';bs',
      ';tr',
      ';key="a"',
      ';key="sig"',
      ';name="status"',
      ';name',
      ';x',
    )
    const component = fc.tuple(name, fc.array(parameter, { maxLength: 3 })).map(([one, all]) => one + all.join(''))
    const fields: HttpField[] = [
      ['X-A', 'b'],
      ['Example-Dict', 'a=1.0, b'],
    ]
    fc.assert(
      fc.property(fc.array(component, { maxLength: 4 }), text, fc.boolean(), (components, value, isResponse) => {
        const signature = macFields(components.map((one) => [one, value]))
        const parts = { headers: [...fields, ...signature], trailers: fields }
        const message: RequestMessage | ResponseMessage = isResponse
          ? { kind: 'response', status: 200, ...parts, request: { ...plainRequest, ...parts } }
          : { ...plainRequest, ...parts }
        const result = verify(message)
        if (result.outcome === 'verified') expect(result.coveredComponents).toEqual(components)
      }),
      { numRuns: 400 },
    )
  })
})

/** The spelling that RFC 9421 §2.2.8 signs, byte by byte. */
function encode(text: string): string {
  return Array.from(Buffer.from(text), (byte) => {
    const character = String.fromCharCode(byte)
    return /[A-Za-z0-9*._-]/.test(character) ? character : `%${byte.toString(16).padStart(2, '0').toUpperCase()}`
  }).join('')
}

/** A spelling that a sender may choose: as it is where the query allows it, or encoded in upper or lower case. */
function spell(text: string, choices: Iterator<number>): string {
  return Array.from(Buffer.from(text), (byte) => {
    const character = String.fromCharCode(byte)
    const choice = Number(choices.next().value)
    if (choice === 0 && character === ' ') return '+'
    if (choice === 0 && /[A-Za-z0-9*._~!'()-]/.test(character)) return character
    const hexadecimal = byte.toString(16).padStart(2, '0')
    return `%${choice === 1 ? hexadecimal : hexadecimal.toUpperCase()}`
  }).join('')
}
