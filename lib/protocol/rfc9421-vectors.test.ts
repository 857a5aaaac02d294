/** Every signature that RFC 9421 prints, and what its appendix B.4 says of changed messages. */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { findRfc9421Key, rfc9421Cases, type Rfc9421Case } from '../../test/vectors/rfc9421'
import { verifyMessageSignature, type HttpField, type RequestMessage, type ResponseMessage } from './index'

const verify = (message: RequestMessage | ResponseMessage, { label, now }: Pick<Rfc9421Case, 'label' | 'now'>) =>
  verifyMessageSignature(message, { label, resolveKey: findRfc9421Key, now, requiredComponents: [] })

const valid = rfc9421Cases.filter(({ isValid }) => isValid)

describe('RFC 9421', () => {
  it.each(valid)('$title', (vector) => {
    const isDigestCovered = vector.signatureBase.includes('"content-digest": ')
    expect(verify(vector.message, vector)).toMatchObject({
      outcome: 'verified',
      label: vector.label,
      keyid: vector.keyid,
      alg: vector.alg,
      signatureBase: vector.signatureBase,
      content: isDigestCovered ? 'checked' : 'unchecked',
    })
  })

  it.each(rfc9421Cases.filter(({ isValid }) => !isValid))('$title: not valid', (vector) => {
    expect(verify(vector.message, vector)).toMatchObject({ outcome: 'refused', code: 'signature_invalid' })
  })

  it('prints each algorithm once at least', () => {
    expect(new Set(valid.map(({ alg }) => alg))).toEqual(
      new Set(['rsa-pss-sha512', 'rsa-v1_5-sha256', 'ecdsa-p256-sha256', 'ed25519', 'hmac-sha256']),
    )
  })

  it('none survives a changed bit of its signature, or another length', () => {
    const change = fc.record({ vector: fc.constantFrom(...valid), position: fc.nat(), bit: fc.nat(7) })
    fc.assert(
      fc.property(change, ({ vector, position, bit }) => {
        const broken = editSignature(vector, (bytes) => {
          const at = position % bytes.length
          bytes[at] = (bytes[at] ?? 0) ^ (1 << bit)
          return bytes
        })
        expect(verify(broken, vector)).toMatchObject({ outcome: 'refused', code: 'signature_invalid' })
      }),
    )
    for (const vector of valid) {
      for (const edit of [
        (bytes: Buffer) => bytes.subarray(1),
        (bytes: Buffer) => bytes.subarray(0, -1),
        (bytes: Buffer) => Buffer.concat([Buffer.alloc(1), bytes]),
        (bytes: Buffer) => Buffer.concat([bytes, Buffer.alloc(1)]),
        () => Buffer.alloc(0),
      ]) {
        expect(verify(editSignature(vector, edit), vector)).toMatchObject({
          outcome: 'refused',
          code: 'credential_malformed',
        })
      }
    }
  })

  it('none survives another value of a field that it covers', () => {
    const covered = valid.flatMap((vector) =>
      vector.message.headers.flatMap(([name], index) =>
        vector.signatureBase.includes(`"${name.toLowerCase()}": `) ? [{ vector, index }] : [],
      ),
    )
    fc.assert(
      fc.property(fc.constantFrom(...covered), fc.constantFrom('x', ' x', ', x', '\t;'), ({ vector, index }, added) => {
        const headers = vector.message.headers.map(([name, value], at): HttpField => [
          name,
          at === index ? `${value}${added}` : value,
        ])
        expect(verify({ ...vector.message, headers }, vector)).toMatchObject({ outcome: 'refused' })
      }),
    )
  })
})

/** The case's message with another member under its label; what stands beside it stays. */
function editSignature({ message, label }: Rfc9421Case, edit: (bytes: Buffer) => Buffer) {
  const headers = message.headers.map(([name, value]): HttpField => {
    if (name !== 'Signature') return [name, value]
    return [
      name,
      value.replace(new RegExp(`${label}=:([^:]*):`), (_, base64: string) => {
        return `${label}=:${edit(Buffer.from(base64, 'base64')).toString('base64')}:`
      }),
    ]
  })
  return { ...message, headers }
}
