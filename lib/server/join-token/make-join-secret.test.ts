import { createPrivateKey, createPublicKey, sign, verify } from 'node:crypto'
import { expect, test } from 'vitest'
import { parseId } from '@/lib/domain/ids'
import { newUuid } from '../new-uuid'
import { makeJoinSecret } from './make-join-secret'

test('whoever has the token signs what the stored public key verifies', () => {
  const uuid = newUuid()
  const { token, publicKey } = makeJoinSecret(uuid)
  const [, suffix, seed] = /^csj_([0-9a-z]{26})_([A-Za-z0-9_-]{43})$/.exec(token) ?? []
  expect(parseId('join', `join_${suffix}`)).toBe(uuid)
  expect(publicKey).toHaveLength(32)

  const x = publicKey.toString('base64url')
  const signer = createPrivateKey({ key: { kty: 'OKP', crv: 'Ed25519', d: seed ?? '', x }, format: 'jwk' })
  const verifier = createPublicKey({ key: { kty: 'OKP', crv: 'Ed25519', x }, format: 'jwk' })
  const message = Buffer.from('a message')
  expect(verify(null, message, verifier, sign(null, message, signer))).toBe(true)
})

test('two tokens share nothing', () => {
  expect(makeJoinSecret(newUuid()).token.slice(-43)).not.toBe(makeJoinSecret(newUuid()).token.slice(-43))
})
