import type { BareItem } from 'structured-headers'
import { parseMachineKeyid } from './machine-keyid'
import { parseNonce } from './parse-nonce'
import { isSignatureAlgorithm } from './read-signature'
import { refuse, refuseMalformed } from './refuse'
import type { CredentialNonce, Refused, SignatureAlgorithm } from './types'

const NAMES = ['created', 'expires', 'nonce', 'keyid', 'alg', 'tag'] as const
const MAX_WINDOW_SECONDS = 60

/** The parameters that all our messages have (RFC 9421 §2.3); what `keyid` and `nonce` may be is the message's. */
export type SignatureParameters = {
  readonly created: number
  readonly expires: number
  readonly nonce: string
  readonly keyid: string
  readonly alg: SignatureAlgorithm
}

/**
 * Reads exactly `created expires nonce keyid alg tag`, in any order.
 *
 * @param parameters of a signature in canonical form: so an integer is a plain decimal one, and nothing comes twice
 */
export function readSignatureParameters(
  parameters: ReadonlyMap<string, BareItem>,
): { readonly outcome: 'read'; readonly values: SignatureParameters } | Refused {
  for (const name of NAMES) {
    if (!parameters.has(name)) return refuseMalformed(`The signature lacks the parameter ${name}.`)
  }
  if (parameters.size !== NAMES.length) return refuseMalformed('The signature has a parameter that is not ours.')
  const [created, expires, nonce, keyid, alg] = NAMES.map((name) => parameters.get(name))
  if (!isInstant(created) || !isInstant(expires)) return refuseMalformed('created and expires are plain integers.')
  if (expires <= created || expires - created > MAX_WINDOW_SECONDS) {
    return refuseMalformed('expires is not 1 to 60 seconds after created.')
  }
  if (typeof nonce !== 'string' || typeof keyid !== 'string' || typeof alg !== 'string') {
    return refuseMalformed('nonce, keyid and alg are strings.')
  }
  if (!isSignatureAlgorithm(alg)) return refuse('algorithm_not_allowed', 'The algorithm is not one of the profile.')
  return { outcome: 'read', values: { created, expires, nonce, keyid, alg } }
}

export type CredentialParameters = Omit<SignatureParameters, 'nonce'> & {
  readonly machineId: string
  readonly generation: number
  readonly nonce: CredentialNonce
  readonly useKey: string
}

/** The same for a request credential, whose `keyid` is a machine's and whose `nonce` counts its uses. */
export function readCredentialParameters(
  parameters: ReadonlyMap<string, BareItem>,
  allowPlainNonce: boolean,
): { readonly outcome: 'read'; readonly values: CredentialParameters } | Refused {
  const read = readSignatureParameters(parameters)
  if (read.outcome === 'refused') return read
  const machine = parseMachineKeyid(read.values.keyid)
  if (machine === undefined) return refuseMalformed('keyid is not a machine id and a generation.')
  const parsed = parseNonce(read.values.nonce)
  if (parsed === undefined) return refuseMalformed('nonce is neither <seq>.<random> nor a plain nonce.')
  if (parsed.nonce.kind === 'plain' && !allowPlainNonce) {
    return refuseMalformed('The service takes no plain nonce; <seq>.<random> is needed.')
  }
  return { outcome: 'read', values: { ...read.values, ...machine, ...parsed } }
}

function isInstant(value: BareItem | undefined): value is number {
  return typeof value === 'number' && Number.isInteger(value) && value > 0
}
