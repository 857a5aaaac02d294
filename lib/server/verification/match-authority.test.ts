import { describe, expect, test } from 'vitest'
import { isReportedAuthorityKnown, matchAuthority } from './match-authority'
import type { ServiceRecord } from './verification-types'

function service(...authorities: [string, string?][]): ServiceRecord {
  return {
    uuid: '018f0000-0000-7000-8000-000000000000',
    slug: 'orders',
    version: 1,
    mode: 'enforce',
    bodyBinding: 'backend',
    credentialProfile: { coveredFields: [], allowEncodedSlash: false, allowPlainNonce: true },
    machineSelector: {},
    requireAsymmetric: false,
    authorities: authorities.map(([authority, pathPrefix = '/']) => ({ authority, pathPrefix })),
  }
}

const one = service(['orders.example'])
const several = service(['a.example', '/v1'], ['b.example'], ['c.example:8443'])

describe('the authority that the signature base uses', () => {
  test.each<[string, ServiceRecord, string, string | undefined, string | undefined, string | null]>([
    ['the only one, when the gateway reports it', one, '/x', undefined, 'orders.example', 'orders.example'],
    ['the only one, whatever the gateway reports', one, '/x', undefined, 'evil.example', 'orders.example'],
    ['the only one, when the gateway reports none', one, '/x', undefined, undefined, 'orders.example'],
    [
      'the one of two prefixes of one host',
      service(['a.example', '/v1'], ['a.example', '/v2']),
      '/v2/x',
      undefined,
      'z',
      'a.example',
    ],
    ['the one of several that the gateway reports', several, '/x', undefined, 'b.example', 'b.example'],
    ['in any case of letters', several, '/x', undefined, 'B.Example', 'b.example'],
    ['with the port of https written', several, '/x', undefined, 'b.example:443', 'b.example'],
    ['with the port of http written', several, '/x', undefined, 'b.example:80', 'b.example'],
    ['with a port of its own', several, '/x', undefined, 'c.example:8443', 'c.example:8443'],
    ['none of several for another port', several, '/x', undefined, 'c.example', null],
    ['none of several for another host', several, '/x', undefined, 'd.example', null],
    ['none of several without a report', several, '/x', undefined, undefined, null],
    ['none of several for what is no host', several, '/x', undefined, 'b.example, a.example', null],
    ['none when there is none', service(), '/x', undefined, 'orders.example', null],
    ['the one that the target names too', one, '/x', 'orders.example', 'orders.example', 'orders.example'],
    ['none when the target names another', one, '/x', 'evil.example', 'orders.example', null],
    ['none when the target and the report disagree', several, '/x', 'b.example', 'c.example:8443', null],
    ['inside of the prefix', several, '/v1/x', undefined, 'a.example', 'a.example'],
    ['the prefix itself', several, '/v1', undefined, 'a.example', 'a.example'],
    ['none beside the prefix', several, '/v10', undefined, 'a.example', null],
    ['none above the prefix', several, '/', undefined, 'a.example', null],
    ['none in another case of the prefix', several, '/V1/x', undefined, 'a.example', null],
  ])('is %s', (_name, record, path, targetAuthority, reported, expected) => {
    const match = matchAuthority(record, path, targetAuthority, reported)
    expect(match.outcome === 'matched' ? match.authority : null).toBe(expected)
  })
})

test('a gateway that reports no host is not at odds with the service', () => {
  expect(isReportedAuthorityKnown(one, undefined)).toBe(true)
  expect(isReportedAuthorityKnown(one, 'ORDERS.example:443')).toBe(true)
  expect(isReportedAuthorityKnown(one, 'other.example')).toBe(false)
  expect(isReportedAuthorityKnown(one, '')).toBe(false)
})
