import { checkSignature } from './check-signature'
import { refuse } from './refuse'
import type { ParsedMachineSignature, Refused, VerificationKey } from './types'

/**
 * Checks one signature of a machine message (docs/machine-messages.md).
 *
 * @param parsed from `parseMachineMessage`
 * @param options one of the server's accepted authorities, canonical; the key that `keyid` has to be, with its algorithm
 */
export function verifyMachineSignature(
  parsed: ParsedMachineSignature,
  options: { readonly authority: string; readonly key: VerificationKey },
): { readonly outcome: 'verified' } | Refused<'signature_invalid' | 'algorithm_not_allowed'> {
  if (parsed.alg !== options.key.alg) {
    return refuse('algorithm_not_allowed', `The signature ${parsed.label} does not use the algorithm of its key.`)
  }
  const checked = checkSignature(parsed.signatureBaseFor(options.authority), parsed.signature, options.key)
  return checked.outcome === 'refused' ? checked : { outcome: 'verified' }
}
