/** A stored text that a CHECK of the table holds to these values. Anything else means that table and program disagree. */
export function oneOf<Value extends string>(values: readonly Value[], stored: string): Value {
  const found = values.find((value) => value === stored)
  if (found === undefined)
    throw new Error(`The database holds a value that this version does not know; it knows ${values.join(', ')}.`)
  return found
}
