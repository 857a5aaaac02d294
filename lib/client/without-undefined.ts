/** The same without the members that are undefined: what is left away, and what is there. */
export function withoutUndefined<Given extends object>(
  given: Given,
): { [Name in keyof Given]?: Exclude<Given[Name], undefined> } {
  const entries = Object.entries(given).filter(([, value]) => value !== undefined)
  return Object.fromEntries(entries) as { [Name in keyof Given]?: Exclude<Given[Name], undefined> }
}
