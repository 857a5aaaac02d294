import type { Prisma, PrismaClient } from '../database/generated/client'

/** What stores take when they change something: always the running transaction, never the client beside it. */
export type Transaction = Prisma.TransactionClient

/** What stores take when they only read. */
export type Reader = PrismaClient | Transaction
