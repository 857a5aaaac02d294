import { Prisma } from '../database/generated/client'
import type { Transaction } from './transaction'

/** Tables whose rows the decision statement share-locks. In this order, which is the statement's own. */
export type NarrowedTable = 'machine' | 'service'

const tables: Readonly<Record<NarrowedTable, Prisma.Sql>> = {
  machine: Prisma.sql`"machine"`,
  service: Prisma.sql`"service"`,
}

/** EXCLUSIVE conflicts with the ROW SHARE of `SELECT … FOR SHARE`, and its queue is fair. Plain reads go on. */
export async function lockTableForChange(tx: Transaction, table: NarrowedTable): Promise<void> {
  await tx.$executeRaw`LOCK TABLE ${tables[table]} IN EXCLUSIVE MODE`
}

/** For the statements of this transaction. PGlite ignores it. */
export async function setStatementTimeout(tx: Transaction, ms: number): Promise<void> {
  await tx.$queryRaw`SELECT set_config('statement_timeout', ${String(ms)}, true)`
}

export async function readBackendPid(tx: Transaction): Promise<number> {
  const rows = await tx.$queryRaw<{ pid: number }[]>`SELECT pg_backend_pid() AS "pid"`
  const pid = rows[0]?.pid
  if (pid === undefined) throw new Error('The database did not tell the process id of its connection.')
  return pid
}
