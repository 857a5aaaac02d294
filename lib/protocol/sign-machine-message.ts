import { decodeBase64url } from './base64'
import { computeContentDigest } from './compute-content-digest'
import { makeSignatureBase } from './make-signature-base'
import { serializeParameters } from './serialize-parameters'
import { signSignatureBase } from './sign-signature-base'
import type { HttpField, SigningKeyForRequests } from './types'

/** docs/machine-messages.md: exactly these, in this order. */
export const MACHINE_MESSAGE_COMPONENTS = ['@method', '@authority', '@path', 'content-digest'] as const
export const MACHINE_LABEL = /^[a-z]{1,32}$/
export const MACHINE_KEYID = /^[A-Za-z0-9._-]{1,128}$/

export type MachineMessageSignature = SigningKeyForRequests & {
  readonly label: string
  readonly tag: string
  readonly keyid: string
}

export type SignMachineMessageInput = {
  readonly method: string
  /** Canonical, see `parseAuthority`. */
  readonly authority: string
  /** Without a query. */
  readonly path: string
  /** The body as sent; empty for a message without one. */
  readonly body: Uint8Array
  readonly signatures: readonly MachineMessageSignature[]
  /** Seconds since 1970. */
  readonly created: number
  /** Seconds since 1970, 1 to 60 after `created`. */
  readonly expires: number
  /** 16 random bytes, base64url. */
  readonly nonce: string
}

/**
 * Signs an enrolment, a renewal or another machine message (docs/machine-messages.md).
 *
 * @returns the fields to add: `Content-Digest`, `Signature-Input`, `Signature`
 * @throws TypeError for a nonce, label, tag, keyid or key that no verifier would take: they are ours, not a caller's
 */
export function signMachineMessage(input: SignMachineMessageInput): HttpField[] {
  if (decodeBase64url(input.nonce)?.length !== 16) throw new TypeError('A nonce is 16 bytes of base64url.')
  if (input.path.includes('?')) throw new TypeError('A machine message has no query.')
  const digest = computeContentDigest(input.body)
  const components = new Map([
    ['@method', input.method],
    ['@path', input.path],
    ['content-digest', digest],
  ])
  const members = input.signatures.map((signature) => {
    const { label, tag, keyid, alg } = signature
    if (!MACHINE_LABEL.test(label) || !MACHINE_KEYID.test(keyid) || !/^[a-z-]{1,64}$/.test(tag)) {
      throw new TypeError('A label, tag or keyid is malformed.')
    }
    const { created, expires, nonce } = input
    const paramsText = serializeParameters(MACHINE_MESSAGE_COMPONENTS, { created, expires, nonce, keyid, alg, tag })
    const base = makeSignatureBase(MACHINE_MESSAGE_COMPONENTS, components, paramsText)(input.authority)
    return { label, paramsText, signature: signSignatureBase(base, signature).toString('base64') }
  })
  return [
    ['Content-Digest', digest],
    ['Signature-Input', members.map(({ label, paramsText }) => `${label}=${paramsText}`).join(', ')],
    ['Signature', members.map(({ label, signature }) => `${label}=:${signature}:`).join(', ')],
  ]
}
