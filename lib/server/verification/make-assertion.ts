import { formatId } from '@/lib/domain/ids'
import {
  ASSERTION_TYP,
  formatContentDigest,
  signCompactJws,
  type AssertionClaims,
  type ParsedContentDigest,
  type ParsedRequestCredential,
} from '@/lib/protocol'
import type { AssertionKey } from '../keys/deployment-keys'
import type { MachineRecord } from './verification-types'

/** An assertion is for the next hop, which is a few milliseconds away. */
const lifetimeSeconds = 10

/** What a decision found, for the backend: protocol.md section 6. Sign only after the decision is on disk. */
export function makeAssertion(input: {
  readonly key: AssertionKey
  readonly issuer: string
  readonly serviceSlug: string
  readonly decisionUuid: string
  readonly nowSeconds: number
  readonly method: string
  readonly authority: string
  readonly target: string
  readonly machine: MachineRecord | null
  readonly trustDomain: string
  readonly credential: ParsedRequestCredential | undefined
  readonly content: AssertionClaims['content']
  readonly observed: boolean
}): { readonly token: string; readonly expiresAtSeconds: number } {
  const { key, credential, machine } = input
  const expiresAtSeconds = input.nowSeconds + lifetimeSeconds
  const claims: AssertionClaims = {
    iss: input.issuer,
    aud: input.serviceSlug,
    // An observed request may come from nobody we know; no machine has this name.
    sub: machine?.spiffeId ?? `spiffe://${input.trustDomain}/unidentified`,
    gen: credential?.generation ?? 0,
    jti: formatId('dec', input.decisionUuid),
    iat: input.nowSeconds,
    exp: expiresAtSeconds,
    htm: input.method,
    authority: input.authority,
    target: input.target,
    content: input.content,
    ...(credential?.contentDigest && { digest: formatDigest(credential.contentDigest) }),
    ...(input.observed && { outcome: 'observed' as const }),
  }
  return {
    token: signCompactJws({ typ: ASSERTION_TYP, kid: key.kid, claims, privateKey: key.privateKey }),
    expiresAtSeconds,
  }
}

/** The signed digest, so that nobody between here and the backend can put another. */
function formatDigest({ sha256, sha512 }: ParsedContentDigest): string {
  return sha256 ? formatContentDigest(sha256) : `sha-512=:${sha512?.toString('base64') ?? ''}:`
}
