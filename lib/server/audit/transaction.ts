import type { Prisma, PrismaClient } from '../database/generated/client'

/** What stores take when they change something: always the running transaction, never the client beside it. */
export type Transaction = Prisma.TransactionClient

/** Milliseconds: for a connection of the pool, and from the first statement to the commit. */
export const transactionLimits = { maxWait: 10_000, timeout: 30_000 }

/** What stores take when they only read. */
export type Reader = PrismaClient | Transaction
