import { wordFieldError } from './word-field-error'

export interface FieldError {
  /** Dotted, as the form names its fields: `authorities.0.pathPrefix`. */
  readonly name: string
  readonly message: string
}

interface Issue {
  readonly path: readonly PropertyKey[]
  readonly message: string
}

/**
 * What is wrong, by the names of a form's fields, the first word on each. `leaves` are fields that hold as one text what
 * the contract takes as a list or a table: what is wrong inside of them is said at them.
 */
export function toFieldErrors(issues: readonly Issue[], leaves: readonly string[] = []): FieldError[] {
  const found = new Map<string, FieldError>()
  for (const { path, message } of issues) {
    const dotted = path.map(String).join('.')
    const leaf = leaves.find((name) => dotted.startsWith(`${name}.`))
    const name = leaf ?? dotted
    const inside = leaf === undefined ? '' : dotted.slice(leaf.length + 1)
    // A place in a list says nothing to whoever typed a text; a label's name does.
    const words = inside === '' || /^[0-9]+$/.test(inside) ? message : `${inside}: ${message}`
    if (!found.has(name)) found.set(name, { name, message: wordFieldError(words) })
  }
  return [...found.values()]
}

/** The same of a refusal of the server, whose paths begin with `body.` */
export function toServerFieldErrors(
  fields: readonly { readonly path: string; readonly message: string }[],
  leaves: readonly string[] = [],
): FieldError[] {
  return toFieldErrors(
    fields.map(({ path, message }) => ({ path: path.replace(/^body\./, '').split('.'), message })),
    leaves,
  )
}
