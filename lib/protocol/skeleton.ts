/** Signatures whose bodies follow in files of their own. */
import type { KeyObject } from 'node:crypto'
import type { EpochKey, SharedSecret } from './secret-keys'
import type * as T from './types'

const pending = (): never => {
  throw new Error('lib/protocol: not built yet')
}

export const computeJwkThumbprint: (jwk: T.SigningPublicJwk | T.AgreementPublicJwk) => string = pending
export const parseSigningPublicJwk: (u: unknown) => T.ParsedPublicJwk<T.SigningPublicJwk> | T.RefusedWithDetail =
  pending
export const parseAgreementPublicJwk: (u: unknown) => T.ParsedPublicJwk<T.AgreementPublicJwk> | T.RefusedWithDetail =
  pending
export const deriveSharedSecret: (
  privateKey: KeyObject,
  publicKey: KeyObject,
) => { outcome: 'derived'; shared: SharedSecret } | T.RefusedWithDetail = pending
export const epochOf: (createdSeconds: number) => number = pending
export function deriveEpochKey<P extends T.EpochPurpose>(_: {
  shared: SharedSecret
  trustDomain: string
  machineId: string
  generation: number
  epoch: number
  purpose: P
  agreementThumbprint: string
  generatorThumbprint: string
}): EpochKey<P> {
  return pending()
}
export const parseRequestTarget: (
  rawTarget: string,
  options: { allowEncodedSlash: boolean },
) => T.ParseRequestTargetResult = pending
export const parseAuthority: (raw: string, scheme?: T.Scheme) => T.ParseAuthorityResult = pending
export const parseMachineKeyid: (keyid: string) => { machineId: string; generation: number } | undefined = pending
export const parseRequestCredential: (
  request: T.CredentialRequest,
  profile: T.CredentialProfile,
) => T.ParseRequestCredentialResult = pending
export const parseRequestCredentialGeneric: typeof parseRequestCredential = pending
export const parseRequestCredentialFast: (
  request: T.CredentialRequest,
  profile: T.CredentialProfile,
) => T.ParseRequestCredentialResult | undefined = pending
export const checkCredentialWindow: (
  window: { created: number; expires: number },
  nowSeconds: number,
  toleranceSeconds?: number,
) => T.CheckWindowResult = pending
export const verifyRequestCredential: (
  parsed: T.ParsedRequestCredential,
  options: { authority: string; key: T.VerificationKey },
) =>
  | { outcome: 'verified'; credential: T.VerifiedRequestCredential }
  | T.Refused<'signature_invalid' | 'algorithm_not_allowed' | 'credential_malformed'> = pending
export const parseContentDigest: (
  value: string,
) => { outcome: 'parsed'; digest: T.ParsedContentDigest } | T.Refused<'credential_malformed'> = pending
/** `sha-256=:…:` */
export const computeContentDigest: (body: Uint8Array) => string = pending
export const checkContentDigest: (
  parsed: T.ParsedContentDigest,
  digests: { sha256?: Buffer; sha512?: Buffer },
) => { outcome: 'matches' } | T.Refused<'digest_mismatch'> = pending
export const formatSequenceNonce: (seq: number, random16: Uint8Array) => string = pending
export const signRequestCredential: (options: {
  method: string
  target: string
  authority: string
  scheme?: T.Scheme
  headers: readonly T.HttpField[]
  body?: Uint8Array
  /** SHA-256 of the body, 32 bytes. */
  bodyDigest?: Uint8Array
  coveredFields: readonly string[]
  created: number
  expires: number
  nonce: string
  keyid: string
  key: T.SigningKeyForRequests
}) => { outcome: 'signed'; headers: T.HttpField[] } | T.RefusedWithDetail = pending
export const signMachineMessage: (options: {
  method: string
  authority: string
  path: string
  body: Uint8Array
  signatures: readonly ({ label: string; tag: string; keyid: string } & T.SigningKeyForRequests)[]
  created: number
  expires: number
  nonce: string
}) => T.HttpField[] = pending
export function parseMachineMessage<Label extends string>(
  _message: { method: string; path: string; headers: readonly T.HttpField[]; body: Uint8Array },
  _expectedTags: Record<Label, string>,
): T.ParseMachineMessageResult<Label> {
  return pending()
}
export const verifyMachineSignature: (
  parsed: T.ParsedMachineSignature,
  options: { authority: string; key: T.VerificationKey },
) => { outcome: 'verified' } | T.Refused<'signature_invalid' | 'algorithm_not_allowed'> = pending
type AgreementProofInput = {
  epochKey: EpochKey<'enroll'>
  machineId: string
  signingThumbprint: string
  agreementThumbprint: string
  created: number
}
export const computeAgreementProof: (input: AgreementProofInput) => string = pending
export const verifyAgreementProof: (
  proof: string,
  input: AgreementProofInput,
) => { outcome: 'verified' } | T.RefusedWithDetail = pending
export const signCompactJws: (options: { typ: string; kid: string; claims: object; privateKey: KeyObject }) => string =
  pending
export const verifyCompactJws: (
  token: string,
  options: { typ: string; resolveKey: (kid: string) => KeyObject | undefined; maxLength?: number },
) => { outcome: 'verified'; claims: Record<string, unknown>; kid: string } | T.RefusedWithDetail = pending
export const parseAssertionClaims: (
  u: unknown,
) => { outcome: 'parsed'; claims: T.AssertionClaims } | T.RefusedWithDetail = pending
