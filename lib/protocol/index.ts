/** The protocol of Countersign, version 1: signatures, keys, nonces and machine messages, without I/O, clock, environment or randomness. */
export type * from './types'
export type { EpochKey, SharedSecret } from './secret-keys'

export { decodeBase64, decodeBase64url } from './base64'
export { computeJwkThumbprint } from './compute-jwk-thumbprint'
export { parseSigningPublicJwk } from './parse-signing-public-jwk'
export { parseAgreementPublicJwk } from './parse-agreement-public-jwk'
export { deriveSharedSecret } from './derive-shared-secret'
export { deriveEpochKey, epochOf, type EpochKeyInput } from './derive-epoch-key'

export { isCountersignAlias, toLooseFieldName } from './field-names'
export { pairFields } from './pair-fields'
export { parseRequestTarget } from './parse-request-target'
export { parseAuthority } from './parse-authority'
export { formatMachineKeyid, parseMachineKeyid } from './machine-keyid'
export { formatSequenceNonce, parseNonce } from './parse-nonce'
export { parseContentDigest, type ParseContentDigestResult } from './parse-content-digest'
export { computeBodyDigests, computeContentDigest, formatContentDigest } from './compute-content-digest'
export { checkContentDigest } from './check-content-digest'

export { parseRequestCredential } from './parse-request-credential'
export { parseRequestCredentialFast } from './parse-request-credential-fast'
export { parseRequestCredentialGeneric, REQUEST_TAG } from './parse-request-credential-generic'
export { checkCredentialWindow } from './check-credential-window'
export { verifyRequestCredential, type VerifyRequestCredentialResult } from './verify-request-credential'
export {
  signRequestCredential,
  type SignRequestCredentialInput,
  type SignRequestCredentialResult,
} from './sign-request-credential'

export { signMachineMessage, type MachineMessageSignature, type SignMachineMessageInput } from './sign-machine-message'
export { parseMachineMessage, type UntrustedMachineMessage } from './parse-machine-message'
export { verifyMachineSignature } from './verify-machine-signature'
export { computeAgreementProof, verifyAgreementProof, type AgreementProofInput } from './agreement-proof'
export { formatJoinToken, parseJoinToken, type ParsedJoinToken } from './join-token'

export { HmacSha256 } from './hmac-sha256'
export { signCompactJws } from './sign-compact-jws'
export { verifyCompactJws, type VerifyCompactJwsResult } from './verify-compact-jws'
export { ASSERTION_TYP, parseAssertionClaims } from './parse-assertion-claims'

export {
  verifyMessageSignature,
  type MessageParameters,
  type MessageVerificationKey,
  type VerifyMessageSignatureOptions,
  type VerifyMessageSignatureResult,
} from './verify-message-signature'
