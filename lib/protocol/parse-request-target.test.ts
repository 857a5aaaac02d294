import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { parseRequestTarget } from './parse-request-target'

const strict = { allowEncodedSlash: false }
const lenient = { allowEncodedSlash: true }

describe('parseRequestTarget', () => {
  it.each([
    ['/', '/', '?', false],
    ['/v1/orders?status=open&limit=10', '/v1/orders', '?status=open&limit=10', true],
    ['/.well-known/jwks.json', '/.well-known/jwks.json', '?', false],
    ['/a...b/..c/c../...', '/a...b/..c/c../...', '?', false],
    ['/a/', '/a/', '?', false],
    ["/a;v=1/b,c/(d)/e!$&'*+=:@~", "/a;v=1/b,c/(d)/e!$&'*+=:@~", '?', false],
    ['/;jsessionid=1', '/;jsessionid=1', '?', false],
    ['/caf%C3%A9%20x', '/caf%C3%A9%20x', '?', false],
    ['/100%25', '/100%25', '?', false],
    ['/100%25-off', '/100%25-off', '?', false],
    ['/a??', '/a', '??', true],
    ['/a?next=https://b.example/../c//d', '/a', '?next=https://b.example/../c//d', true],
    ['/a?next=https%3A%2F%2Fb%5C%252F', '/a', '?next=https%3A%2F%2Fb%5C%252F', true],
    ['/a?filter[x]={1|2}^`', '/a', '?filter[x]={1|2}^`', true],
  ])('reads %j as it was sent', (target, path, query, hasQuery) => {
    expect(parseRequestTarget(target, strict)).toEqual({ outcome: 'parsed', path, query, hasQuery })
  })

  it.each([
    ['http://orders.example', '/', '?', 'http', 'orders.example'],
    ['HTTPS://Orders.Example:443/a?b', '/a', '?b', 'https', 'orders.example'],
    ['http://orders.example:443?b', '/', '?b', 'http', 'orders.example:443'],
    ['http://[::1]:8080/a', '/a', '?', 'http', '[::1]:8080'],
  ])('reads the absolute form %j with its authority', (target, path, query, scheme, authority) => {
    expect(parseRequestTarget(target, strict)).toMatchObject({ outcome: 'parsed', path, query, scheme, authority })
  })

  it.each([
    ['empty', ''],
    ['asterisk-form', '*'],
    ['authority-form', 'orders.example:443'],
    ['no leading slash', 'a/b'],
    ['another scheme', 'ftp://orders.example/a'],
    ['userinfo', 'http://user@orders.example/a'],
    ['a backslash before the path', 'http://orders.example\\@evil.example/a'],
    ['a fragment before the path', 'http://evil.example#@orders.example/a'],
    ['no authority', 'http:///a'],
    ['absolute-form with a bare ?', 'http://orders.example?'],
    ['an empty segment', '/a//b'],
    ['an empty first segment', '//evil.example/a'],
    ['a dot segment', '/a/./b'],
    ['a dot segment at the end', '/a/.'],
    ['dot dot', '/public/../admin'],
    ['dot dot at the end', '/a/..'],
    ['encoded dots', '/public/%2e%2E/admin'],
    ['half-encoded dots', '/public/.%2e/admin'],
    ['one encoded dot', '/public/%2e/admin'],
    ['dots before parameters', '/public/..;x=1/admin'],
    ['encoded dots before parameters', '/public/%2e%2e;/admin'],
    ['dots before an encoded semicolon', '/public/..%3bx/admin'],
    ['a dot before parameters', '/a/.;x'],
    ['a backslash', '/a\\b'],
    ['an encoded backslash', '/a%5cb'],
    ['an encoded backslash, upper case', '/a%5Cb'],
    ['a fragment', '/a#b'],
    ['a NUL', '/a\0b'],
    ['an encoded NUL', '/a%00b'],
    ['double encoding', '/a%252e%252e/b'],
    ['double encoding of a letter', '/a%2561'],
    ['double encoding with encoded digits', '/a%25%32%65'],
    ['an escape cut short', '/a%2'],
    ['a lone percent', '/a%'],
    ['an escape that is no hex', '/a%zz'],
    ['an encoded slash', '/a%2fb'],
    ['an encoded slash, upper case', '/a%2Fb'],
    ['a space', '/a b'],
    ['a tab', '/a\tb'],
    ['a line break', '/a\r\nX: y'],
    ['a quote', '/a"b'],
    ['a bracket', '/a<b'],
    ['a pipe', '/a|b'],
    ['another alphabet', '/caf\u00e9'],
    ['a full-width dot', '/a/\uff0e\uff0e/b'],
    ['a bare trailing ?', '/a?'],
    ['a fragment in the query', '/a?b#c'],
    ['a backslash in the query', '/a?b\\c'],
    ['a space in the query', '/a?b c'],
    ['a quote in the query', '/a?b"c'],
    ['an encoded NUL in the query', '/a?b%00'],
    ['a bad escape in the query', '/a?b%f'],
    ['another alphabet in the query', '/a?\u00e9'],
    ['a target beyond the bound', `/${'a'.repeat(16_384)}`],
  ])('refuses %s', (_, target) => {
    expect(parseRequestTarget(target, strict)).toMatchObject({ outcome: 'refused', code: 'credential_malformed' })
  })

  it('takes an encoded slash where the service allows it, and still no dot segment beside it', () => {
    expect(parseRequestTarget('/files/a%2Fb', lenient)).toMatchObject({ outcome: 'parsed', path: '/files/a%2Fb' })
    for (const target of ['/files/..%2Fb', '/files/a%2f..', '/files/a%2F%2e%2e%2fb', '/files/a%2f.;x', '/a%252fb']) {
      expect(parseRequestTarget(target, lenient).outcome, target).toBe('refused')
    }
  })

  it('never takes a path that another reader would change', () => {
    const piece = fc.constantFrom('/', '.', '..', '%2e', '%2E', ';', 'a', '%2f', '%5c', '\\', '%', '25', '00', '#', '~')
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 12 }), fc.boolean(), (pieces, allowEncodedSlash) => {
        const target = `/${pieces.join('')}`
        const parsed = parseRequestTarget(target, { allowEncodedSlash })
        if (parsed.outcome === 'refused') return
        expect(parsed.path).toBe(target)
        // The test may use what the product must not: the WHATWG parser leaves what we take as it is.
        expect(new URL(`http://h.example${target}`).pathname).toBe(target)
        // Nor does a reader that decodes first find a segment to remove.
        const decoded = target.replace(/%(..)/g, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)))
        const reread = new URL(`http://h.example${decoded.replaceAll('%', '%25')}`).pathname
        expect(reread.split('/').length).toBe(decoded.split('/').length)
      }),
      { numRuns: 3_000 },
    )
  })

  it('takes linear time on a hostile target', () => {
    for (const unit of ['/a', '%2', '.;', '/.', '%25', 'a?']) {
      const started = process.hrtime.bigint()
      parseRequestTarget(`/${unit.repeat(8_000)}`.slice(0, 16_384), lenient)
      expect(Number(process.hrtime.bigint() - started) / 1e6).toBeLessThan(100)
    }
  })
})
