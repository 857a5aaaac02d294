import { formatId } from '@/lib/domain/ids'
import {
  ASSERTION_TYP,
  formatContentDigest,
  signCompactJws,
  type AssertionClaims,
  type ParsedContentDigest,
  type ParsedRequestCredential,
} from '@/lib/protocol'
import type { Dependencies } from '../dependencies'
import type { MachineRecord } from './verification-types'

/** An assertion is for the next hop, which is a few milliseconds away. */
const lifetimeSeconds = 10

export interface AssertionInput {
  readonly serviceSlug: string
  readonly decisionUuid: string
  readonly method: string
  readonly authority: string
  readonly target: string
  readonly machine: MachineRecord | null
  readonly credential: ParsedRequestCredential | undefined
  readonly content: AssertionClaims['content']
  readonly observed: boolean
}

/** What a decision found, for the backend: protocol.md section 6. Sign only after the decision is on disk. */
export function makeAssertion(
  { keys, settings, deployment, now }: Dependencies,
  input: AssertionInput,
): { readonly token: string; readonly expiresAtSeconds: number } {
  const { credential, machine } = input
  const { kid, privateKey } = keys.assertion()
  const nowSeconds = Math.floor(now().getTime() / 1000)
  const expiresAtSeconds = nowSeconds + lifetimeSeconds
  const claims: AssertionClaims = {
    iss: settings.publicUrl,
    aud: input.serviceSlug,
    // An observed request may come from nobody we know; no machine has this name.
    sub: machine?.spiffeId ?? `spiffe://${deployment.trustDomain}/unidentified`,
    gen: credential?.generation ?? 0,
    jti: formatId('dec', input.decisionUuid),
    iat: nowSeconds,
    exp: expiresAtSeconds,
    htm: input.method,
    authority: input.authority,
    target: input.target,
    content: input.content,
    ...(credential?.contentDigest && { digest: formatDigest(credential.contentDigest) }),
    ...(input.observed && { outcome: 'observed' as const }),
  }
  return {
    token: signCompactJws({ typ: ASSERTION_TYP, kid, claims, privateKey }),
    expiresAtSeconds,
  }
}

/** The signed digest, so that nobody between here and the backend can put another. */
function formatDigest({ sha256, sha512 }: ParsedContentDigest): string {
  return sha256 ? formatContentDigest(sha256) : `sha-512=:${sha512?.toString('base64') ?? ''}:`
}
