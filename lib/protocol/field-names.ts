/** A field's name as CGI and its heirs could read it: they know no difference between `-`, `_` and `.`. */
export function toLooseFieldName(name: string): string {
  return name.toLowerCase().replace(/[^a-z0-9]/g, '-')
}

/** Whether a backend could read a field of this name as one of ours. */
export function isCountersignAlias(name: string): boolean {
  return toLooseFieldName(name).startsWith('countersign-')
}
