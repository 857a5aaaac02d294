import { timingSafeEqual } from 'node:crypto'
import { decodeBase64url } from './base64'
import { refuse } from './refuse'
import type { EpochKey } from './secret-keys'
import type { Refused } from './types'

export type AgreementProofInput = {
  /** Generation 1, epoch of `created`. */
  readonly epochKey: EpochKey<'enroll'>
  readonly machineId: string
  /** RFC 7638 thumbprints of the two keys that enrol. */
  readonly signingThumbprint: string
  readonly agreementThumbprint: string
  /** Of the `machine` signature, seconds since 1970. */
  readonly created: number
}

/**
 * The proof that an enrolling machine holds its agreement key (docs/machine-messages.md, `agreementProof`).
 *
 * @returns base64url, 43 characters
 */
export function computeAgreementProof(input: AgreementProofInput): string {
  return mac(input).toString('base64url')
}

/** @param proof untrusted text; compared in constant time */
export function verifyAgreementProof(
  proof: string,
  input: AgreementProofInput,
): { readonly outcome: 'verified' } | Refused<'signature_invalid'> {
  const actual = decodeBase64url(proof)
  const expected = mac(input)
  if (actual?.length === expected.length && timingSafeEqual(actual, expected)) return { outcome: 'verified' }
  return refuse('signature_invalid', 'agreementProof does not prove the agreement key.')
}

function mac({ epochKey, machineId, signingThumbprint, agreementThumbprint, created }: AgreementProofInput): Buffer {
  return epochKey.computeMac(
    ['countersign/v1/enroll', machineId, signingThumbprint, agreementThumbprint, created].join('\0'),
  )
}
