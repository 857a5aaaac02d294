import { decodeBase64url } from './base64'
import type { CredentialNonce } from './types'

const SEQUENCE = /^([1-9][0-9]{0,15})\.([A-Za-z0-9_-]{22})$/
const PLAIN = /^[A-Za-z0-9_-]{16,64}$/

/**
 * Protocol section 4: `<seq>.<random>`, or a plain nonce so that any RFC 9421 library can be a client.
 *
 * @returns the nonce and what a use is counted by, or `undefined` when the text is neither
 */
export function parseNonce(text: string): { nonce: CredentialNonce; useKey: string } | undefined {
  if (PLAIN.test(text)) return { nonce: { kind: 'plain', value: text }, useKey: `n${text}` }
  const match = SEQUENCE.exec(text)
  if (match?.[1] === undefined || match[2] === undefined) return undefined
  const seq = Number(match[1])
  // 2^53 and above are not every integer: two numbers would be one use.
  if (!Number.isSafeInteger(seq) || decodeBase64url(match[2]) === undefined) return undefined
  return { nonce: { kind: 'sequence', seq, random: match[2] }, useKey: `s${match[1]}` }
}

/**
 * @param seq the number of the generation's credential, from 1, below 2^53
 * @param random16 16 random bytes
 * @throws TypeError for other numbers or lengths
 */
export function formatSequenceNonce(seq: number, random16: Uint8Array): string {
  if (!Number.isSafeInteger(seq) || seq < 1) throw new TypeError('A sequence number is 1 to 2^53 - 1.')
  if (random16.length !== 16) throw new TypeError('A nonce takes 16 random bytes.')
  return `${seq}.${Buffer.from(random16).toString('base64url')}`
}
