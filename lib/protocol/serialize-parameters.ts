import type { SignatureAlgorithm } from './types'

/**
 * The value of `@signature-params` (RFC 9421 §2.3) in the order of protocol section 4.
 *
 * @param names of the components, without parameters
 * @param parameters texts of printable ASCII without `"` and `\`; checked by the caller
 */
export function serializeParameters(
  names: readonly string[],
  parameters: {
    readonly created: number
    readonly expires: number
    readonly nonce: string
    readonly keyid: string
    readonly alg: SignatureAlgorithm
    readonly tag: string
  },
): string {
  const { created, expires, nonce, keyid, alg, tag } = parameters
  const list = names.map((name) => `"${name}"`).join(' ')
  return `(${list});created=${created};expires=${expires};nonce="${nonce}";keyid="${keyid}";alg="${alg}";tag="${tag}"`
}
