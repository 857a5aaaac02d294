import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { verifyBody } from '@/lib/contract/decision-endpoints'
import { parseVerifyCall } from './parse-verify-call'

const digest256 = `sha-256=:${Buffer.alloc(32, 1).toString('base64')}:`
const digest512 = `sha-512=:${Buffer.alloc(64, 1).toString('base64')}:`

const good = {
  service: 'orders',
  method: 'GET',
  target: '/v1/orders?a=b',
  authority: 'orders.example',
  headers: [['authorization', 'Bearer a']],
  bodyDigest: digest256,
  sourceAddress: '192.0.2.1',
}

/** What a member may hold: right, nearly right, and wrong in type. */
const odd = fc.oneof(
  fc.jsonValue(),
  fc.string(),
  fc.string({ unit: 'binary', maxLength: 80 }),
  fc.constantFrom(undefined, null, '', 0, [], {}),
)
const lengths = (...edges: number[]) =>
  fc.constantFrom(...edges.flatMap((edge) => [edge - 1, edge, edge + 1])).map((n) => 'a'.repeat(n))
const text = (...edges: number[]) =>
  fc.oneof({ weight: 4, arbitrary: lengths(...edges) }, { weight: 1, arbitrary: odd })
const header = fc.oneof(
  { weight: 8, arbitrary: fc.tuple(lengths(1, 256), fc.oneof(fc.string(), lengths(16_384))) },
  { weight: 1, arbitrary: fc.array(odd, { maxLength: 3 }) },
  { weight: 1, arbitrary: odd },
)
const members = {
  service: fc.oneof(fc.stringMatching(/^[a-zA-Z0-9_-]{0,64}$/), text(1, 63)),
  method: fc.oneof(fc.constantFrom('GET', 'get', 'G T', 'M-SEARCH', 'GÉT', 'GET\n'), text(1, 32)),
  target: fc.oneof(fc.webPath(), text(1, 16_384)),
  authority: fc.oneof(fc.domain(), text(1, 1_024)),
  headers: fc.oneof(
    fc.array(header, { maxLength: 4 }),
    fc.constantFrom(199, 200, 201).map((count) => Array.from({ length: count }, () => ['a', 'b'])),
    odd,
  ),
  bodyDigest: fc.oneof(
    fc.constantFrom(
      undefined,
      digest256,
      digest512,
      `${digest256}, ${digest512}`,
      `${digest512}, ${digest256}`,
      `${digest256},`,
      ` ${digest256}`,
      `${digest256}, `,
      '',
      'sha-256=:AAAA:',
    ),
    odd,
  ),
  sourceAddress: fc.oneof(fc.ipV4(), text(1, 64)),
}

const bodies = fc.oneof(
  // Mostly a good call with some members replaced, so that each rule is the one that decides.
  {
    weight: 8,
    arbitrary: fc.record(members, { requiredKeys: [] }).chain((replaced) =>
      fc.subarray(Object.keys(replaced), { maxLength: Math.min(2, Object.keys(replaced).length) }).map((names) => ({
        ...good,
        ...Object.fromEntries(names.map((name) => [name, replaced[name as keyof typeof replaced]])),
      })),
    ),
  },
  { weight: 1, arbitrary: fc.tuple(fc.string(), odd).map(([name, value]) => ({ ...good, [name]: value })) },
  { weight: 1, arbitrary: odd },
)

describe('the parser by hand and the contract’s schema', () => {
  test('agree on every input', () => {
    fc.assert(
      fc.property(bodies, (value) => {
        const json = JSON.stringify(value) ?? 'null'
        const parsed = parseVerifyCall(Buffer.from(json))
        const described = verifyBody.safeParse(JSON.parse(json))
        expect(parsed.outcome === 'parsed', json.slice(0, 500)).toBe(described.success)
      }),
      { numRuns: 3_000 },
    )
  })

  test.each([
    ['duplicate members, of which JSON keeps the last', '{"service":"a","service":"orders"'],
    ['__proto__', '{"__proto__":{"service":"orders"},"service":"orders"'],
    ['constructor', '{"constructor":1,"service":"orders"'],
  ])('agree on %s', (_name, start) => {
    const { service: _service, ...rest } = good
    const json = `${start},${JSON.stringify(rest).slice(1)}`
    expect(parseVerifyCall(Buffer.from(json)).outcome === 'parsed').toBe(verifyBody.safeParse(JSON.parse(json)).success)
  })
})

test.each([
  ['a comma before the only digest', `, ${digest512}`],
  ['base64 that is not canonical', digest256.replace('E=', 'F=')],
])('refuses %s, which the schema’s pattern cannot tell', (_name, bodyDigest) => {
  expect(parseVerifyCall(Buffer.from(JSON.stringify({ ...good, bodyDigest }))).outcome).toBe('refused')
})

test('gives what the call said, and digests as bytes', () => {
  const parsed = parseVerifyCall(Buffer.from(JSON.stringify({ ...good, bodyDigest: `${digest256}, ${digest512}` })))
  expect(parsed).toEqual({
    outcome: 'parsed',
    call: { ...good, bodyDigest: { sha256: Buffer.alloc(32, 1), sha512: Buffer.alloc(64, 1) } },
  })
})

test('a refusal says what is wrong and repeats nothing of the call', () => {
  for (const change of [
    { service: 'HUNTER2' },
    { target: '' },
    { headers: 'hunter2' },
    { hunter2: 1 },
    { bodyDigest: 'hunter2' },
  ]) {
    const refused = parseVerifyCall(Buffer.from(JSON.stringify({ ...good, ...change })))
    expect(refused.outcome).toBe('refused')
    expect(JSON.stringify(refused).toLowerCase()).not.toContain('hunter2')
  }
})
