import { createPrivateKey, createPublicKey, randomBytes } from 'node:crypto'
import { formatId } from '@/lib/domain/ids'

/** RFC 8410 §7: what stands before the seed in the PKCS #8 form of an Ed25519 key. */
const pkcs8Prefix = Buffer.from('302e020100300506032b657004220420', 'hex')

/**
 * A fresh join token: the seed of an Ed25519 key, written `csj_<suffix of the token's id>_<seed>`
 * (docs/machine-messages.md), and the 32 bytes of its public half, which are all that is stored.
 */
export function makeJoinSecret(uuid: string): { readonly token: string; readonly publicKey: Buffer } {
  const seed = randomBytes(32)
  const privateKey = createPrivateKey({ key: Buffer.concat([pkcs8Prefix, seed]), format: 'der', type: 'pkcs8' })
  const { x } = createPublicKey(privateKey).export({ format: 'jwk' })
  if (x === undefined) throw new Error('An Ed25519 key has no public half.')
  const suffix = formatId('join', uuid).slice('join_'.length)
  return { token: `csj_${suffix}_${seed.toString('base64url')}`, publicKey: Buffer.from(x, 'base64url') }
}
