/** Which fields a credential covers (protocol section 4), worked out once per list of a service. */
export type Coverage = {
  /** Lower case, in the order in which our agent writes them: that of their characters. */
  readonly names: readonly string[]
  /** A field's place in `names`. */
  readonly slots: ReadonlyMap<string, number>
  readonly contentDigestSlot: number
  /** Of the fast path: by the slots that a request fills, each with a space behind it. */
  readonly shapes: Map<string, CoverageShape>
}

/** The covered components of one request: as names, and as the inner list that the agent writes, up to its parameters. */
export type CoverageShape = { readonly names: readonly string[]; readonly list: string }

const ALWAYS = ['content-digest', 'content-encoding', 'content-type']
const FIELD_NAME = /^[a-z0-9!#$%&'*+\-.^_`|~]+$/
const NEVER: ReadonlySet<string> = new Set(['signature', 'signature-input'])
const BODILESS_METHODS: ReadonlySet<string> = new Set(['GET', 'HEAD', 'OPTIONS'])

const compiled = new WeakMap<readonly string[], Coverage>()

/**
 * @param coveredFields of the service, lower case; remembered by identity, so never change one in place
 * @throws TypeError for a name that is no lower-case field name, or a signature field
 */
export function compileCoverage(coveredFields: readonly string[]): Coverage {
  const known = compiled.get(coveredFields)
  if (known !== undefined) return known
  for (const name of coveredFields) {
    if (!FIELD_NAME.test(name) || NEVER.has(name)) throw new TypeError(`Not a field that can be covered: ${name}`)
  }
  const names = [...new Set([...ALWAYS, ...coveredFields])].sort()
  const slots = new Map(names.map((name, slot) => [name, slot]))
  const coverage = { names, slots, contentDigestSlot: names.indexOf('content-digest'), shapes: new Map() }
  compiled.set(coveredFields, coverage)
  return coverage
}

/** Methods whose requests carry no content, and so need no digest. */
export function isBodilessMethod(method: string): boolean {
  return BODILESS_METHODS.has(method)
}
