import type { AgreementPublicJwk, ParsedPublicJwk } from '@/lib/protocol'
import type { AssertionKey } from '../store/machine-state'
import { callServer } from './call-server'
import { countOf, parseGeneratorKey, textOf } from './parse-answer-claims'
import { notBelieved, parseAssertionKey, verifyServerAnswer } from './verify-server-answer'

export interface EnrollmentParameters {
  readonly trustDomain: string
  readonly machineId: string
  readonly generatorKey: ParsedPublicJwk<AgreementPublicJwk>
  readonly assertionKey: AssertionKey
  /** The service's time when it made them, in seconds since 1970. An old copy can be played again; a later one cannot be made. */
  readonly issuedAt: number
}

/**
 * Fetches what a machine has to know before its first message.
 *
 * @param trust the thumbprints of keys that are believed, or undefined to believe the key that comes along (once, at an
 *   enrolment that nobody gave a `--server-key`: then only TLS vouches for it)
 */
export async function fetchEnrollmentParameters(
  serverUrl: string,
  trust: readonly string[] | undefined,
): Promise<EnrollmentParameters> {
  const answer = await callServer({
    serverUrl,
    method: 'GET',
    path: '/api/v1/enrollments/parameters',
    headers: [],
    purpose: 'the enrolment parameters',
  })
  const parsed = parseAssertionKey(answer['assertionKey'])
  if (parsed.outcome === 'refused') throw notBelieved(parsed.detail)
  if (trust !== undefined && !trust.includes(parsed.thumbprint)) {
    throw notBelieved(
      `its key is sha256:${parsed.thumbprint}, and the one to trust is sha256:${trust.join(' or sha256:')}.`,
    )
  }
  const assertionKey: AssertionKey = { ...parsed.jwk, kid: parsed.thumbprint }
  const claims = verifyServerAnswer(answer['parameters'], {
    typ: 'countersign-enrollment-parameters+jwt',
    assertionKeys: [assertionKey],
  })
  return {
    trustDomain: textOf(claims['trustDomain'], 'trustDomain'),
    machineId: textOf(claims['machineId'], 'machineId'),
    generatorKey: parseGeneratorKey(claims['generatorKey']),
    assertionKey,
    issuedAt: countOf(claims['iat'], 'iat'),
  }
}
