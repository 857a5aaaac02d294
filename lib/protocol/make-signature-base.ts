/**
 * RFC 9421 §2.5 with the authority left open: a gateway may stand for several, and the verifier picks.
 *
 * @param names of the covered components in their order, `@authority` among them, without parameters
 * @param values of all but `@authority`
 * @param paramsText the value of `@signature-params`
 * @returns a function from the authority to the signature base
 */
export function makeSignatureBase(
  names: readonly string[],
  values: ReadonlyMap<string, string>,
  paramsText: string,
): (authority: string) => string {
  const lines = names.map((name) => {
    const value = values.get(name)
    if (value === undefined && name !== '@authority') throw new TypeError(`No value for the component ${name}.`)
    return `"${name}": ${value ?? ''}`
  })
  lines.push(`"@signature-params": ${paramsText}`)
  const split = names.indexOf('@authority') + 1
  const before = lines.slice(0, split).join('\n')
  const after = `\n${lines.slice(split).join('\n')}`
  return (authority) => before + authority + after
}
