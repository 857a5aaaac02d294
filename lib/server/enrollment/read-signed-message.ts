import { refuse, type Refusal } from '@/lib/domain/refusal'
import {
  checkCredentialWindow,
  parseAuthority,
  parseMachineMessage,
  verifyMachineSignature,
  type ParsedMachineSignature,
  type ParsedPublicJwk,
  type ProtocolRefusalCode,
  type SigningPublicJwk,
  type VerificationKey,
} from '@/lib/protocol'
import type { MachineRequest } from './machine-request'

/**
 * Reads the signatures of a message and checks that each one's window is open now. No signature is verified yet.
 *
 * @param expectedTags the tag of each label that the message must carry
 */
export function readSignedMessage<Label extends string>(
  request: MachineRequest,
  expectedTags: Readonly<Record<Label, string>>,
  now: Date,
): { outcome: 'read'; signatures: { readonly [label in Label]: ParsedMachineSignature } } | Refusal {
  const parsed = parseMachineMessage(request, expectedTags)
  if (parsed.outcome === 'refused') return refuse(codeOf(parsed.code), parsed.detail)
  for (const signature of Object.values<ParsedMachineSignature>(parsed.signatures)) {
    const window = checkCredentialWindow(signature, now.getTime() / 1000)
    if (window.outcome === 'refused') return refuse(window.code, window.detail)
  }
  return { outcome: 'read', signatures: parsed.signatures }
}

/** A message is no credential: what is wrong with its form is a malformed request. */
function codeOf(code: ProtocolRefusalCode) {
  switch (code) {
    case 'digest_mismatch':
    case 'credential_expired':
    case 'credential_not_yet_valid':
      return code
    case 'signature_invalid':
    case 'algorithm_not_allowed':
      return 'enrollment_signature_invalid'
    case 'credential_missing':
    case 'credential_malformed':
    case 'component_missing':
    case 'component_unexpected':
    case 'body_unexpected':
      return 'request_malformed'
  }
}

/** Verifies one signature of a message with the key that its `keyid` has to be. */
export function verifyMessageSignatureOf(
  request: MachineRequest,
  signature: ParsedMachineSignature,
  key: VerificationKey,
): { outcome: 'verified' } | Refusal<'enrollment_signature_invalid'> {
  for (const authority of candidateAuthorities(request)) {
    if (verifyMachineSignature(signature, { authority, key }).outcome === 'verified') return { outcome: 'verified' }
  }
  return refuse(
    'enrollment_signature_invalid',
    `The signature ${signature.label} does not hold for a message to ${request.authorities[0] ?? 'this server'}.`,
  )
}

/**
 * The host that was called, where it is one of ours, and the public one, which a proxy in front may have replaced.
 * A header alone is never believed: it only picks among the accepted authorities.
 */
function candidateAuthorities(request: MachineRequest): string[] {
  const hosts = request.headers.filter(([name]) => name.toLowerCase() === 'host').map(([, value]) => value)
  const called = hosts.length === 1 ? (hosts[0] ?? '') : ''
  const spellings = (['http', 'https'] as const).flatMap((scheme) => {
    const parsed = parseAuthority(called, scheme)
    return parsed.outcome === 'parsed' ? [parsed.authority] : []
  })
  const accepted = request.authorities.find((authority) => spellings.includes(authority))
  return [...new Set([accepted, request.authorities[0]].filter((authority) => authority !== undefined))]
}

/** The one algorithm of a machine's signing key. */
export function signingVerificationKey(parsed: ParsedPublicJwk<SigningPublicJwk>): VerificationKey {
  return { alg: parsed.jwk.kty === 'EC' ? 'ecdsa-p256-sha256' : 'ed25519', key: parsed.key }
}
