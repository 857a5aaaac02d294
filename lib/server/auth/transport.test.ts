import { describe, expect, test } from 'vitest'
import { appraiseTransport } from './appraise-transport'
import { checkSameOrigin } from './check-same-origin'
import { addressBlock, findClientAddress } from './find-client-address'
import type { RequestFacts } from './request-facts'

function settingsOf(publicUrl: string, trustedProxies: string[] = []) {
  // The rest of the settings is not looked at.
  return { settings: { publicUrl, trustedProxies } } as unknown as Parameters<typeof appraiseTransport>[0]
}

function request(peerAddress: string, headers: Record<string, string | string[]>, method = 'POST'): RequestFacts {
  const lines = Object.entries(headers).flatMap(([name, value]) => [value].flat().map((one) => [name, one] as const))
  return { method, headers: lines, peerAddress }
}

const plain = settingsOf('http://localhost:3000')
const tls = settingsOf('https://console.example')
const behind = settingsOf('https://console.example', ['10.0.0.0/8', '127.0.0.1/32'])

describe('a password may travel', () => {
  test.each([
    ['within this machine', plain, '127.0.0.1', { host: 'localhost:3000' }, 'http://localhost:3000'],
    ['by its number', plain, '127.0.0.1', { host: '127.0.0.1:3000' }, 'http://127.0.0.1:3000'],
    ['by IPv6', plain, '::1', { host: '[::1]:3000' }, 'http://[::1]:3000'],
    ['mapped', plain, '::ffff:127.0.0.1', { host: 'localhost:3000' }, 'http://localhost:3000'],
    ['under the public URL', tls, '203.0.113.7', { host: 'console.example' }, 'https://console.example'],
    [
      'as the trusted proxy says',
      behind,
      '10.1.2.3',
      { host: 'console.example', 'x-forwarded-proto': 'https' },
      'https://console.example',
    ],
    [
      'within the machine of a deployment with TLS',
      tls,
      '127.0.0.1',
      { host: 'localhost:3000' },
      'http://localhost:3000',
    ],
  ])('%s', (_, deps, peer, headers, origin) => {
    expect(appraiseTransport(deps, request(peer, headers))).toMatchObject({ outcome: 'private', origin })
  })

  test.each([
    ['without TLS', settingsOf('http://console.example'), '203.0.113.7', { host: 'console.example' }],
    ['with a forged host', plain, '203.0.113.7', { host: 'localhost:3000' }],
    ['with a rebound name', plain, '127.0.0.1', { host: 'evil.example:3000' }],
    ['with a name that begins like this machine’s', plain, '127.0.0.1', { host: 'localhost.evil.example' }],
    ['past the proxy', tls, '203.0.113.7', { host: 'console.example:3000' }],
    ['where the proxy says http', behind, '10.1.2.3', { host: 'console.example', 'x-forwarded-proto': 'http' }],
    [
      'where an earlier proxy said https and the nearest http',
      behind,
      '10.1.2.3',
      { host: 'console.example', 'x-forwarded-proto': 'https, http' },
    ],
    ['from a proxy on this machine with a loopback host', behind, '127.0.0.1', { host: 'localhost:3000' }],
    ['without a host', plain, '127.0.0.1', {}],
    ['with two hosts', plain, '127.0.0.1', { host: ['localhost', 'localhost'] }],
    ['from nowhere', plain, '', { host: 'localhost:3000' }],
  ])('not %s', (_, deps, peer, headers) => {
    expect(appraiseTransport(deps, request(peer, headers)).outcome).toBe('exposed')
  })
})

describe('a call is ours', () => {
  const ours = { host: 'console.example', origin: 'https://console.example', 'content-type': 'application/json' }
  const check = (headers: Record<string, string | string[]>, method?: string) => {
    const checked = checkSameOrigin(tls, request('203.0.113.7', headers, method))
    return checked.outcome === 'refused' ? checked.code : checked.outcome
  }

  test('with our Origin and JSON, and when it only reads', () => {
    expect(check(ours)).toBe('same_origin')
    expect(check({ ...ours, 'sec-fetch-site': 'same-origin' })).toBe('same_origin')
    expect(check({ ...ours, 'content-type': 'application/json; charset=utf-8' })).toBe('same_origin')
    expect(check({ host: ours.host }, 'GET')).toBe('same_origin')
    expect(check({ host: ours.host, 'sec-fetch-site': 'none' }, 'GET')).toBe('same_origin')
  })

  test.each([
    ['no Origin', { origin: [] }],
    ['Origin null', { origin: 'null' }],
    ['another Origin', { origin: 'https://evil.example' }],
    ['the same host without TLS', { origin: 'http://console.example' }],
    ['a sibling', { origin: 'https://console.example.evil.example' }],
    ['two Origins', { origin: ['https://console.example', 'https://console.example'] }],
    ['another site by the browser’s word', { 'sec-fetch-site': 'cross-site' }],
    ['a sibling site', { 'sec-fetch-site': 'same-site' }],
    ['a bar that was typed into', { 'sec-fetch-site': 'none' }],
    ['a form', { 'content-type': 'application/x-www-form-urlencoded' }],
    ['text', { 'content-type': 'text/plain' }],
    ['no content type', { 'content-type': [] }],
  ])('not with %s', (_, change: Record<string, string | string[]>) => {
    expect(check({ ...ours, ...change })).toBe('origin_refused')
  })

  test('not to read it from another site', () => {
    expect(check({ host: ours.host, origin: 'https://evil.example' }, 'GET')).toBe('origin_refused')
    expect(check({ host: ours.host, origin: 'null' }, 'GET')).toBe('origin_refused')
    expect(check({ host: ours.host, 'sec-fetch-site': 'cross-site' }, 'GET')).toBe('origin_refused')
  })
})

describe('the client’s address', () => {
  const find = (peer: string, forwarded: string | string[], proxies: string[]) =>
    findClientAddress({ trustedProxies: proxies }, request(peer, { 'x-forwarded-for': forwarded }))

  test('is the socket’s, whatever anybody says', () => {
    expect(find('203.0.113.7', '198.51.100.1', [])).toBe('203.0.113.7')
    expect(find('203.0.113.7', '198.51.100.1', ['10.0.0.0/8'])).toBe('203.0.113.7')
    expect(find('127.0.0.1', '198.51.100.1', [])).toBe('127.0.0.1')
  })

  test('is what trusted proxies say, from the end, as far as they are trusted', () => {
    expect(find('10.0.0.1', '198.51.100.1', ['10.0.0.0/8'])).toBe('198.51.100.1')
    expect(find('10.0.0.1', '1.1.1.1, 198.51.100.1', ['10.0.0.0/8'])).toBe('198.51.100.1')
    expect(find('10.0.0.1', ['1.1.1.1', '198.51.100.1, 10.9.9.9'], ['10.0.0.0/8'])).toBe('198.51.100.1')
    expect(find('10.0.0.1', 'nonsense', ['10.0.0.0/8'])).toBe('10.0.0.1')
    expect(find('10.0.0.1', [], ['10.0.0.0/8'])).toBe('10.0.0.1')
    expect(find('::ffff:10.0.0.1', '2001:db8::1', ['10.0.0.0/8'])).toBe('2001:db8::1')
  })

  test('is counted by what one customer holds', () => {
    expect(addressBlock('2001:db8:1:2:3:4:5:6')).toBe(addressBlock('2001:db8:1:2::9'))
    expect(addressBlock('2001:db8:1:2::1')).not.toBe(addressBlock('2001:db8:1:3::1'))
    expect(addressBlock('::ffff:198.51.100.1')).toBe('198.51.100.1')
    expect(addressBlock('x')).toBe('unknown')
  })
})
