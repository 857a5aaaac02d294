import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { checkMethod, type CheckMessage } from '@/test/verification/support/external-auth'
import { decodeCheckRequest } from './decode-check-request'
import { encodeAllowed, encodeDenied } from './encode-check-response'
import { readCheck } from './read-check'

const text = fc.string({ unit: 'grapheme', maxLength: 20 })
const bytes = fc.uint8Array({ maxLength: 20 }).map((array) => Buffer.from(array))
const toLatin1 = (value: string) => Buffer.from(value).toString('latin1')

describe('the message that Envoy sends', () => {
  test('is read as a library reads it, whatever it holds', () => {
    const message = fc.record({
      method: text,
      path: text,
      host: text,
      raw_body: bytes,
      id: text,
      size: fc.integer({ min: -1, max: 1_000 }),
      lines: fc.array(fc.record({ key: text, raw_value: bytes }), { maxLength: 5 }),
      extensions: fc.dictionary(text, text, { maxKeys: 3 }),
    })
    fc.assert(
      fc.property(message, ({ lines, extensions, ...http }) => {
        const request: CheckMessage = {
          attributes: {
            source: { address: { socket_address: { address: '192.0.2.7' } }, principal: 'spiffe://x' },
            request: { http: { ...http, header_map: { headers: lines } } },
            context_extensions: extensions,
          },
        }
        expect(decodeCheckRequest(checkMethod.requestSerialize(request))).toEqual({
          contextExtensions: new Map(
            Object.entries(extensions).map(([key, value]) => [toLatin1(key), toLatin1(value)]),
          ),
          sourceAddress: '192.0.2.7',
          method: toLatin1(http.method),
          path: toLatin1(http.path),
          host: toLatin1(http.host),
          rawHeaders: lines.map(({ key, raw_value }) => [toLatin1(key), raw_value.toString('latin1')]),
          mergedHeaders: [],
          rawBody: http.raw_body,
          hasTextBody: false,
        })
      }),
    )
  })

  test('is refused, and nothing is thrown, where it is none', () => {
    const good = checkMethod.requestSerialize({
      attributes: { request: { http: { path: '/', raw_body: Buffer.alloc(9) } } },
    })
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 64 }), fc.nat(good.length), (noise, end) => {
        for (const damaged of [Buffer.from(noise), good.subarray(0, end), Buffer.concat([good, Buffer.from(noise)])]) {
          expect(readCheck(damaged, () => []).outcome).toBe('refused')
        }
      }),
    )
    // Groups within groups: whoever reads them with a call each runs out of stack.
    expect(decodeCheckRequest(Buffer.alloc(1_000_000, 0x0b))).toBeNull()
    expect(decodeCheckRequest(Buffer.from([0x0a, 0xff, 0xff, 0xff, 0xff, 0x0f]))).toBeNull()
  })
})

describe('the message that Envoy gets', () => {
  const plain = (options: readonly { header: { key: string; value: string } }[]) =>
    options.map(({ header }) => [header.key, header.value])

  test('allows with header lines that take the place of the client’s', () => {
    const reply = checkMethod.responseDeserialize(encodeAllowed({ a: '1', b: 'x'.repeat(20_000) }, ['c', 'd']))
    expect(reply.status.code).toBe(0)
    expect(reply.denied_response).toBeNull()
    expect(plain(reply.ok_response!.headers)).toEqual([
      ['a', '1'],
      ['b', 'x'.repeat(20_000)],
    ])
    expect(reply.ok_response!.headers.map(({ append_action }) => append_action)).toEqual([2, 2])
    expect(reply.ok_response!.headers_to_remove).toEqual(['c', 'd'])
  })

  test('denies with status, header lines and body, and never as OK', () => {
    for (const [status, code] of [
      [401, 16],
      [403, 7],
    ] as const) {
      const reply = checkMethod.responseDeserialize(encodeDenied(status, { a: '1' }, '{"ü":1}'))
      expect(reply).toMatchObject({ status: { code }, denied_response: { status: { code: status }, body: '{"ü":1}' } })
      expect(plain(reply.denied_response!.headers)).toEqual([['a', '1']])
      expect(reply.ok_response).toBeNull()
    }
  })
})
