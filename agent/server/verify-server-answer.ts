import { parseSigningPublicJwk, verifyCompactJws } from '@/lib/protocol'
import { refused } from '../agent-error'
import { isRecord, type AssertionKey } from '../store/machine-state'

/**
 * Checks a signed answer of the service before a word of it is believed: signature, key, kind, and that it answers this
 * very message of this very key (docs/machine-messages.md, "Answers").
 *
 * @param expected `audience` and `nonce` are absent for the enrolment parameters alone, which answer no message
 */
export function verifyServerAnswer(
  token: unknown,
  expected: {
    typ: string
    assertionKeys: readonly AssertionKey[]
    audience?: string
    nonce?: string
  },
): Record<string, unknown> {
  if (typeof token !== 'string') throw notBelieved('it carries no signed answer')
  const result = verifyCompactJws(token, {
    typ: expected.typ,
    resolveKey: (kid) => {
      const jwk = expected.assertionKeys.find((key) => key.kid === kid)
      const parsed = jwk === undefined ? undefined : parseAssertionKey(jwk)
      return parsed?.outcome === 'parsed' && parsed.thumbprint === kid ? parsed.key : undefined
    },
    maxLength: 256 * 1024,
  })
  if (result.outcome === 'refused') throw notBelieved(result.detail)
  if (expected.audience !== undefined && result.claims['aud'] !== expected.audience) {
    throw notBelieved('it is for another key')
  }
  if (expected.nonce !== undefined && result.claims['nonce'] !== expected.nonce) {
    throw notBelieved('it answers another message')
  }
  return result.claims
}

/** An assertion key as the service publishes it; members beside the key itself (`kid`, `alg`, `use`) are left out. */
export function parseAssertionKey(jwk: unknown): ReturnType<typeof parseSigningPublicJwk> {
  if (!isRecord(jwk)) return { outcome: 'refused', detail: 'The key is not an object.' }
  const { kty, crv, x, y } = jwk
  return parseSigningPublicJwk({ kty, crv, x, ...(y === undefined ? {} : { y }) })
}

export function notBelieved(reason: string): Error {
  return refused(
    'answer_not_trusted',
    `The answer does not come from the verification service that this machine knows: ${reason}`,
    'Somebody may stand between this machine and the service. Ask an operator for the fingerprint of the server’s key ' +
      '(--server-key sha256:…); if the service was set up anew, enrol this machine again into an empty state directory.',
  )
}
