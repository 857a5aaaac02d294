/**
 * The vocabulary of the protocol: what goes in, what comes out, and with which code a thing is refused.
 * Terms are those of RFC 9421 (HTTP Message Signatures) and RFC 9530 (Digest Fields).
 */
import type { KeyObject } from 'node:crypto'
import type { EpochKey } from './secret-keys'

/** One field line as received: the name in any case, the raw value. */
export type HttpField = readonly [name: string, value: string]

/** The codes this folder gives. The registry of all codes, with status and meaning, is `lib/domain`'s. */
export type ProtocolRefusalCode =
  | 'credential_missing'
  | 'credential_malformed'
  | 'credential_expired'
  | 'credential_not_yet_valid'
  | 'component_missing'
  | 'component_unexpected'
  | 'algorithm_not_allowed'
  | 'body_unexpected'
  | 'digest_mismatch'
  | 'signature_invalid'

/** A refusal. `detail` is one English sentence; it may name components and never holds a value of the request. */
export type Refused<Code extends ProtocolRefusalCode = ProtocolRefusalCode> = {
  readonly outcome: 'refused'
  readonly code: Code
  readonly detail: string
}

/** A refusal of something that is not a request: nothing there has a code of its own. */
export type RefusedWithDetail = { readonly outcome: 'refused'; readonly detail: string }

/** RFC 9421 §6.2.2: the names of the algorithms that the profile knows. */
export type SignatureAlgorithm = 'hmac-sha256' | 'ed25519' | 'ecdsa-p256-sha256'

/** RFC 9421 §6.2.2: all that the general engine verifies. */
export type MessageSignatureAlgorithm = SignatureAlgorithm | 'ecdsa-p384-sha384' | 'rsa-pss-sha512' | 'rsa-v1_5-sha256'

export type Scheme = 'http' | 'https'

export type SigningPublicJwk =
  | { readonly kty: 'OKP'; readonly crv: 'Ed25519'; readonly x: string }
  | { readonly kty: 'EC'; readonly crv: 'P-256'; readonly x: string; readonly y: string }

export type AgreementPublicJwk = { readonly kty: 'OKP'; readonly crv: 'X25519'; readonly x: string }

export type ParsedPublicJwk<Jwk extends SigningPublicJwk | AgreementPublicJwk> = {
  readonly outcome: 'parsed'
  /** Exactly the members of the type, in its order. */
  readonly jwk: Jwk
  readonly key: KeyObject
  /** RFC 7638, SHA-256, base64url. */
  readonly thumbprint: string
}

export type EpochPurpose = 'request' | 'enroll' | 'ticket-initiator' | 'ticket-responder'

export type ParsedContentDigest = {
  readonly sha256?: Buffer
  readonly sha512?: Buffer
}

/** What a service asks of a credential. Treat it as immutable: the covered fields are compiled once per array. */
export type CredentialProfile = {
  /** Lower case. `content-digest`, `content-type` and `content-encoding` need no mention. */
  readonly coveredFields: readonly string[]
  readonly allowEncodedSlash: boolean
  readonly allowPlainNonce: boolean
}

export type CredentialNonce =
  | { readonly kind: 'sequence'; readonly seq: number; readonly random: string }
  | { readonly kind: 'plain'; readonly value: string }

/** The part of a request that a credential speaks about. Whoever sees the body checks it against `contentDigest`. */
export type CredentialRequest = {
  /** As on the request line. */
  readonly method: string
  /** The raw request-target, origin-form or absolute-form. */
  readonly target: string
  readonly headers: readonly HttpField[]
}

/** Structure only: nothing in here is proven until `verifyRequestCredential`. */
export type ParsedRequestCredential = {
  readonly keyid: string
  /** `mach_…`, exactly the characters that enter the key derivation. */
  readonly machineId: string
  readonly generation: number
  readonly alg: SignatureAlgorithm
  /** Seconds since 1970. */
  readonly created: number
  /** Seconds since 1970, 1 to 60 after `created`. */
  readonly expires: number
  readonly nonce: CredentialNonce
  /** What a use is counted by: `s<seq>`, or `n<plain nonce>`. */
  readonly useKey: string
  readonly signature: Buffer
  readonly method: string
  readonly path: string
  /** `?` and what follows; `?` alone when the target has no query (RFC 9421 §2.2.7). */
  readonly query: string
  readonly hasQuery: boolean
  /** Canonical; only when the target was in absolute-form. */
  readonly targetAuthority: string | undefined
  readonly contentDigest: ParsedContentDigest | undefined
  /** The covered components in the order of the signature. */
  readonly coveredComponents: readonly string[]
  /** RFC 9421 §2.5, with this authority as `@authority`. It is on the caller to believe in the authority. */
  readonly signatureBaseFor: (authority: string) => string
}

export declare const verifiedBrand: unique symbol

/** Only `verifyRequestCredential` makes one. */
export type VerifiedRequestCredential = ParsedRequestCredential & {
  readonly [verifiedBrand]: true
  readonly authority: string
  /** SHA-256 of the signature base, 32 bytes. */
  readonly baseHash: Buffer
}

export type VerificationKey =
  | { readonly alg: 'hmac-sha256'; readonly key: EpochKey<'request'> }
  | { readonly alg: 'ed25519' | 'ecdsa-p256-sha256'; readonly key: KeyObject }

/** The same shape with private halves: what signs. */
export type SigningKeyForRequests = VerificationKey

export type ParseRequestCredentialResult =
  { readonly outcome: 'parsed'; readonly credential: ParsedRequestCredential } | Refused

/** A request-target that keeps the grammar of protocol section 4. */
export type RequestTarget = {
  readonly path: string
  /** `?` and what follows; `?` alone when there is no query (RFC 9421 §2.2.7). */
  readonly query: string
  readonly hasQuery: boolean
  /** Only of an absolute-form target: its scheme and its canonical authority. */
  readonly scheme?: Scheme
  readonly authority?: string
}

export type ParseRequestTargetResult =
  ({ readonly outcome: 'parsed' } & RequestTarget) | Refused<'credential_malformed'>

export type ParseAuthorityResult =
  | { readonly outcome: 'parsed'; readonly authority: string; readonly host: string; readonly port?: number }
  | RefusedWithDetail

export type CheckWindowResult =
  | { readonly outcome: 'current' }
  | (Refused<'credential_expired' | 'credential_not_yet_valid'> & {
      /** Created minus now, in seconds: positive when the signer's clock seems ahead. Advice for people only. */
      readonly clockSkewSeconds: number
    })

/** One signature of a machine message (docs/machine-messages.md). Structure only, nothing is proven. */
export type ParsedMachineSignature = {
  readonly label: string
  readonly tag: string
  readonly keyid: string
  readonly alg: SignatureAlgorithm
  readonly created: number
  readonly expires: number
  /** 16 bytes, base64url. */
  readonly nonce: string
  readonly signature: Buffer
  readonly signatureBaseFor: (authority: string) => string
}

export type ParseMachineMessageResult<Label extends string> =
  { readonly outcome: 'parsed'; readonly signatures: { readonly [label in Label]: ParsedMachineSignature } } | Refused

export type AssertionClaims = {
  /** The public URL of the deployment. */
  readonly iss: string
  /** The slug of the service. */
  readonly aud: string
  /** The SPIFFE ID of the machine. */
  readonly sub: string
  /** The machine's generation; 0 when an observed request came from no known machine. */
  readonly gen: number
  /** The id of the decision; a backend takes each once. */
  readonly jti: string
  readonly iat: number
  readonly exp: number
  readonly htm: string
  readonly authority: string
  /** Path and query as signed. */
  readonly target: string
  readonly content: 'checked' | 'unchecked' | 'none'
  /** The request's `content-digest` as signed. */
  readonly digest?: string
  readonly outcome?: 'observed'
}

type MessageParts = {
  /** Every field line of the header section, in its order. */
  readonly headers: readonly HttpField[]
  /** Those of the trailer section (RFC 9110 §6.5), once it has arrived. */
  readonly trailers?: readonly HttpField[]
  readonly body?: Uint8Array
}

export type RequestMessage = MessageParts & {
  readonly kind: 'request'
  /** As on the request line. */
  readonly method: string
  /** The raw request-target, in any of the four forms of RFC 9112 §3.2. */
  readonly target: string
  readonly authority: string
  readonly scheme: Scheme
}

export type ResponseMessage = MessageParts & {
  readonly kind: 'response'
  readonly status: number
  /** The request that it answers, as the verifier of the response knows it (RFC 9421 §2.4). */
  readonly request?: Omit<RequestMessage, 'kind'>
}

/** RFC 9651 §3. */
export type StructuredFieldType = 'item' | 'list' | 'dictionary'
