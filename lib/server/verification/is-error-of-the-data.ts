/**
 * Whether the server answered that a row does not fit (a SQLSTATE of the data, a missing partition, a deadlock) rather
 * than that it cannot work or is gone. Classes: 22 data, 23 constraint and missing partition, 40 rollback, 54 limit.
 */
export function isErrorOfTheData(error: unknown): boolean {
  const code = (error as { code?: unknown }).code
  return typeof code === 'string' && /^(22|23|40|54)[0-9A-Z]{3}$/.test(code)
}
