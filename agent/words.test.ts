import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { escapeUntrusted } from './escape-untrusted'
import { isCountersignAlias } from '@/lib/protocol'
import { nominatedNames, selectRequestFields } from './gate/forwarded-fields'
import { parseRequestUrl } from './http/parse-request-url'
import { parseServerUrl } from './server/parse-server-url'

describe('escapeUntrusted', () => {
  test('shows what would move the cursor, hide or turn text', () => {
    expect(escapeUntrusted('a\u001b[2J\r\nb\u202ec\u200bd\ufeff')).toBe(
      'a\\u{1b}[2J\\u{d}\\u{a}b\\u{202e}c\\u{200b}d\\u{feff}',
    )
    expect(escapeUntrusted('orders-7f9 äß 日本 🙂')).toBe('orders-7f9 äß 日本 🙂')
    expect(escapeUntrusted('x'.repeat(50), 10)).toBe('xxxxxxxxxx… (50 characters)')
  })

  test('whatever comes in, no control or bidi character comes out', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 200 }), (text) => {
        expect(escapeUntrusted(text)).not.toMatch(/[\p{Cc}\u202a-\u202e\u2066-\u2069\u200b-\u200f]/u)
      }),
    )
  })
})

describe('parseRequestUrl', () => {
  test('changes no byte of path and query', () => {
    for (const target of ['/', '/a;b=c/%7Ed?x=%2F&y=[1]', '/a%2Fb', '/a?b?c=/../d', "/~a!$&'()*+,;=:@"]) {
      expect(parseRequestUrl(`https://Orders.Example:443${target}`)).toMatchObject({
        target,
        authority: 'orders.example',
        port: 443,
      })
    }
    expect(parseRequestUrl('http://[::1]:8080?x')).toMatchObject({ hostname: '::1', port: 8080, target: '/?x' })
  })

  test('refuses what could be read in two ways', () => {
    for (const rest of ['/a/../b', '/%2e%2e', '//', '/a\\b', '/a#b', '/?', '/%', '/%00', '/ä', '/a b']) {
      expect(() => parseRequestUrl(`https://orders.example${rest}`), rest).toThrow()
    }
    for (const url of [
      'orders.example/',
      'ftp://a/',
      'https://',
      'https://a:b@c/',
      'https://a:99999/',
      'https://a b/',
    ]) {
      expect(() => parseRequestUrl(url), url).toThrow()
    }
  })
})

test('a server is https, or http on this machine, or http on a person’s word with the server’s key', () => {
  const plain = { isKeyPinned: false, isHttpAllowed: false }
  expect(parseServerUrl('https://countersign.example/', plain)).toBe('https://countersign.example')
  for (const host of ['localhost:3000', '127.0.0.1:3000', '[::1]:3000']) {
    expect(parseServerUrl(`http://${host}`, plain)).toBe(`http://${host}`)
  }
  expect(() => parseServerUrl('http://localhost.evil.example', plain)).toThrow('not this machine')
  expect(() => parseServerUrl('http://a.example', { isKeyPinned: false, isHttpAllowed: true })).toThrow('key')
  expect(parseServerUrl('http://a.example', { isKeyPinned: true, isHttpAllowed: true })).toBe('http://a.example')
})

describe('the fields that a gate hands on', () => {
  test('hold none that could be taken for its own, in any spelling', () => {
    const separator = fc.constantFrom('-', '_', '.', '+', '~', '!')
    const letters = fc.constantFrom('countersign', 'COUNTERSIGN', 'CounterSign')
    fc.assert(
      fc.property(letters, separator, fc.constantFrom('assertion', 'Machine', 'x'), (first, between, last) => {
        expect(isCountersignAlias(`${first}${between}${last}`)).toBe(true)
      }),
    )
    expect(isCountersignAlias('x-countersign-assertion')).toBe(false)
    expect(isCountersignAlias('signature')).toBe(false)
  })

  test('lack those of this hop and those that any Connection line names', () => {
    const fields = [
      ['Connection', 'close, X-One'],
      ['connection', ' x-two ,'],
      ['X-One', '1'],
      ['X-Two', '2'],
      ['X-Three', '3'],
      ['TE', 'trailers'],
    ] as const
    expect([...nominatedNames(fields)]).toEqual(['close', 'x-one', 'x-two', ''])
    expect(selectRequestFields(fields)).toEqual([['X-Three', '3']])
  })
})
