import type { DecisionCode } from '@/lib/domain/error-code'
import type { CredentialProfile, HttpField, SignatureAlgorithm } from '@/lib/protocol'
import type { KeyObject } from 'node:crypto'

/** The dialects of gateways, and the ways in which a service's own code asks. */
export type GatewayProfile = 'nginx' | 'caddy' | 'traefik' | 'haproxy' | 'apisix' | 'envoy' | 'gate' | 'library'

/** One generation's public keys, as read from the database. */
export interface GenerationRecord {
  readonly generation: number
  /** UTC day on which it was made, `YYYY-MM-DD`: the partition of its decisions. */
  readonly day: string
  readonly signingKey: KeyObject
  readonly agreementKey: KeyObject
  readonly agreementThumbprint: string
  readonly generatorKid: string
  /** Highest number that the machine declared at the renewal which superseded this generation. */
  readonly lastSeq: number | null
}

/** What the verification path knows of a machine. Correct as of `version`; the decision statement compares it. */
export interface MachineRecord {
  readonly uuid: string
  /** `mach_…` */
  readonly id: string
  readonly spiffeId: string
  readonly name: string
  readonly state: 'pending' | 'active' | 'suspended' | 'quarantined' | 'expired' | 'revoked'
  readonly version: number
  readonly generation: number
  readonly generationStartedAtMs: number
  readonly expiresAtMs: number
  readonly requestAlgorithm: SignatureAlgorithm
  readonly labels: Readonly<Record<string, string>>
  /** The current generation and the one before. */
  readonly generations: ReadonlyMap<number, GenerationRecord>
}

export interface ServiceRecord {
  readonly uuid: string
  readonly slug: string
  readonly version: number
  readonly mode: 'observe' | 'enforce'
  readonly bodyBinding: 'required' | 'backend' | 'none'
  readonly credentialProfile: CredentialProfile
  readonly machineSelector: Readonly<Record<string, string>>
  readonly requireAsymmetric: boolean
  readonly authorities: readonly { readonly authority: string; readonly pathPrefix: string }[]
}

export interface GatewayRecord {
  readonly uuid: string
  readonly profile: GatewayProfile
  readonly serviceIds: ReadonlySet<string>
}

/** How the caller of the verification endpoint shows which gateway it is. */
export type GatewayProof =
  | { readonly kind: 'key'; readonly key: string }
  /** SHA-256 of the TLS client certificate whose private key the connection was made with, base64url. */
  | { readonly kind: 'certificate'; readonly fingerprint: string }
  /** A gateway that is an enrolled machine; its message was verified already. */
  | { readonly kind: 'machine'; readonly machineUuid: string }
  /** Its own socket, which only that gateway's account can open. */
  | { readonly kind: 'socket'; readonly gatewayUuid: string }
  | { readonly kind: 'none' }

/** A request as a gateway reports it. Everything in it is untrusted until the signature holds. */
export interface ReportedRequest {
  readonly service: string
  readonly profile: GatewayProfile | null
  readonly gateway: GatewayProof
  readonly method: string
  /** The raw request-target. */
  readonly target: string
  readonly headers: readonly HttpField[]
  /** The host that the client named, as the gateway reports it. */
  readonly reportedAuthority: string | undefined
  /** Digests of the body that the gateway saw. */
  readonly bodyDigest: { readonly sha256?: Buffer; readonly sha512?: Buffer } | undefined
  /** Whether the gateway saw that the request has content; undefined when it cannot tell. */
  readonly hasContent: boolean | undefined
  /** A fact for people and for folding, never a reason to allow. */
  readonly sourceAddress: string | undefined
}

export interface AllowedAnswer {
  readonly outcome: 'allowed'
  /** UUID of the decision (or, when observed, of the denial that was not enforced). */
  readonly decisionId: string
  readonly machine: MachineRecord | null
  readonly generation: number | null
  readonly observed: boolean
  /** The host that was signed, and who has compared the body; undefined when observed. */
  readonly checked: { readonly authority: string; readonly content: 'checked' | 'unchecked' | 'none' } | undefined
  readonly assertion: { readonly token: string; readonly expiresAtSeconds: number } | undefined
}

export interface DeniedAnswer {
  readonly outcome: 'denied'
  readonly code: DecisionCode
  readonly detail: string | undefined
  /** UUID of the denial. */
  readonly decisionId: string
  /** Advice for people; agents never set their clock by it. */
  readonly clockSkewSeconds?: number
  /** RFC 9421, section 5.1: what a credential for this service has to cover. */
  readonly acceptSignature?: string
}

export type VerificationAnswer = AllowedAnswer | DeniedAnswer
