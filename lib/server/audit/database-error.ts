/** What the database says went wrong, as far as a use case has an answer to it. */
export type DatabaseErrorCode = 'unique_violation' | 'query_canceled' | 'deadlock_detected' | 'foreign_key_violation'

const byCode: Readonly<Record<string, DatabaseErrorCode>> = {
  P2002: 'unique_violation',
  '23505': 'unique_violation',
  P2003: 'foreign_key_violation',
  '23503': 'foreign_key_violation',
  '57014': 'query_canceled',
  '40P01': 'deadlock_detected',
}

/** Reads Prisma's and the driver's codes wherever they stand in an error; classes differ between copies of a module. */
export function findDatabaseErrorCode(error: unknown, depth = 0): DatabaseErrorCode | null {
  if (typeof error !== 'object' || error === null || depth > 5) return null
  for (const key of ['code', 'originalCode']) {
    const value: unknown = Reflect.get(error, key)
    if (typeof value === 'string' && Object.hasOwn(byCode, value)) return byCode[value] ?? null
  }
  for (const key of ['meta', 'driverAdapterError', 'cause']) {
    const found = findDatabaseErrorCode(Reflect.get(error, key), depth + 1)
    if (found !== null) return found
  }
  return null
}

/**
 * Whether a change has to come again under the locks of its tables: it waited until the server ended it, or it and one that
 * holds those locks met crosswise.
 */
export function waitedTooLong(error: unknown): boolean {
  const code = findDatabaseErrorCode(error)
  return code === 'query_canceled' || code === 'deadlock_detected'
}
