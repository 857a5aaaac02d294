import type { AgreementPublicJwk, SignatureAlgorithm, SigningPublicJwk } from '@/lib/protocol'
import type { Prisma } from '../database/generated/client'

type Database = Prisma.TransactionClient

export interface JoinTokenRow {
  /** 32 bytes: an Ed25519 public key. */
  readonly publicKey: Uint8Array
  readonly usesAllowed: number
  readonly usesTaken: number
  readonly expiresAt: Date
  readonly revokedAt: Date | null
}

export interface NewMachine {
  /** UUID. */
  readonly id: string
  readonly name: string
  readonly reported: Readonly<Record<string, string>>
  readonly requestAlgorithm: SignatureAlgorithm
  readonly enrolledFrom: string
  readonly joinTokenId: string
}

export interface NewGeneration {
  readonly signingJwk: SigningPublicJwk
  readonly signingThumbprint: string
  readonly agreementJwk: AgreementPublicJwk
  readonly agreementThumbprint: string
  readonly generatorKid: string
}

const machineColumns = {
  id: true,
  name: true,
  state: true,
  generation: true,
  requestAlgorithm: true,
  labels: true,
  lifetimeSeconds: true,
  expiresAt: true,
  joinTokenId: true,
} as const satisfies Prisma.MachineSelect

const generationColumns = {
  generation: true,
  day: true,
  signingJwk: true,
  signingThumbprint: true,
  agreementThumbprint: true,
  generatorKid: true,
  expiresAt: true,
  supersededAt: true,
  lastSeq: true,
  generator: { select: { publicJwk: true } },
} as const satisfies Prisma.GenerationSelect

export type MachineRow = Prisma.MachineGetPayload<{ select: typeof machineColumns }>
export type GenerationRow = Prisma.GenerationGetPayload<{ select: typeof generationColumns }>

export async function findJoinToken(database: Database, id: string): Promise<JoinTokenRow | null> {
  return database.joinToken.findUnique({
    where: { id },
    select: { publicKey: true, usesAllowed: true, usesTaken: true, expiresAt: true, revokedAt: true },
  })
}

/** A machine with one of its generations, or null when either is missing. */
export async function findMachineGeneration(
  database: Database,
  machineId: string,
  generation: number,
): Promise<{ machine: MachineRow; generation: GenerationRow } | null> {
  const found = await database.generation.findUnique({
    where: { machineId_generation: { machineId, generation } },
    select: { ...generationColumns, machine: { select: machineColumns } },
  })
  if (!found) return null
  const { machine, ...row } = found
  return { machine, generation: row }
}

export async function machineExists(database: Database, machineId: string): Promise<boolean> {
  return (await database.machine.findUnique({ where: { id: machineId }, select: { id: true } })) !== null
}

/** The generations that hold either of two keys: none, one, or one each. */
export async function listGenerationsWithKeys(
  database: Database,
  signingThumbprint: string,
  agreementThumbprint: string,
): Promise<{ machine: MachineRow; generation: GenerationRow }[]> {
  const rows = await database.generation.findMany({
    where: { OR: [{ signingThumbprint }, { agreementThumbprint }] },
    select: { ...generationColumns, machine: { select: machineColumns } },
    take: 2,
  })
  return rows.map(({ machine, ...generation }) => ({ machine, generation }))
}

/**
 * Takes one use of a join token and makes its machine with generation 1; null, and nothing is changed, when no use is left.
 * The `UPDATE` is what fifty parallel tries are counted by: its row lock lets them pass one after the other.
 * Throws a unique violation when the id or a key is taken; the transaction is then lost, and the use with it.
 */
export async function createMachineWithToken(
  tx: Prisma.TransactionClient,
  machine: NewMachine,
  generation: NewGeneration,
  now: Date,
): Promise<{ machine: MachineRow; generation: GenerationRow } | null> {
  const taken = await tx.$queryRaw<
    { labels: Prisma.InputJsonObject; lifetimeSeconds: number; at: Date; day: string }[]
  >`
    UPDATE "join_token" SET "uses_taken" = "uses_taken" + 1
     WHERE "id" = ${machine.joinTokenId}::uuid AND "uses_taken" < "uses_allowed"
       AND "revoked_at" IS NULL AND "expires_at" > ${now}
    RETURNING "labels", "machine_lifetime_seconds" AS "lifetimeSeconds", clock_timestamp() AS "at",
              (clock_timestamp() AT TIME ZONE 'UTC')::date::text AS "day"`
  const token = taken[0]
  if (!token) return null
  const expiresAt = new Date(now.getTime() + token.lifetimeSeconds * 1000)
  const created = await tx.machine.create({
    data: {
      ...machine,
      state: 'active',
      stateChangedAt: now,
      generation: 1,
      generationStartedAt: token.at,
      labels: token.labels,
      lifetimeSeconds: token.lifetimeSeconds,
      expiresAt,
      enrolledAt: now,
    },
    select: machineColumns,
  })
  const first = { machineId: machine.id, generation: 1, createdAt: token.at, expiresAt, day: utcDay(token.day) }
  return { machine: created, generation: await createGeneration(tx, { ...generation, ...first }) }
}

/** Whether a transaction never began because too many were waiting, or ended because it took too long. */
export function isTransactionTimeout(error: unknown): boolean {
  return typeof error === 'object' && error !== null && 'code' in error && error.code === 'P2028'
}

/**
 * Locks a machine's row and reads it with two generations. From here to the end of the transaction no decision for this
 * machine is under way: each holds a share lock from before it looks to after its record is durable.
 */
export async function lockMachineGenerations(
  tx: Prisma.TransactionClient,
  machineId: string,
  generation: number,
): Promise<{ machine: MachineRow; signing: GenerationRow | null; following: GenerationRow | null } | null> {
  await tx.$executeRaw`SELECT 1 FROM "machine" WHERE "id" = ${machineId}::uuid FOR UPDATE`
  const machine = await tx.machine.findUnique({ where: { id: machineId }, select: machineColumns })
  if (!machine) return null
  const rows = await tx.generation.findMany({
    where: { machineId, generation: { in: [generation, generation + 1] } },
    select: generationColumns,
  })
  const find = (number: number) => rows.find((row) => row.generation === number) ?? null
  return { machine, signing: find(generation), following: find(generation + 1) }
}

/**
 * Makes generation N + 1 current, by compare-and-set on N; null when the machine is at another generation.
 * Both instants that the decision statement compares with the database's clock are taken from it.
 */
export async function replaceGeneration(
  tx: Prisma.TransactionClient,
  renewal: {
    readonly machine: MachineRow
    readonly next: NewGeneration
    readonly lastSeq: number
    readonly reported: Readonly<Record<string, string>> | undefined
    readonly now: Date
  },
): Promise<{ machine: MachineRow; generation: GenerationRow } | null> {
  const { machine, next, lastSeq, reported, now } = renewal
  const expiresAt = new Date(now.getTime() + machine.lifetimeSeconds * 1000)
  const moved = await tx.$queryRaw<{ at: Date; day: string }[]>`
    UPDATE "machine"
       SET "generation" = "generation" + 1, "version" = "version" + 1, "generation_started_at" = clock_timestamp(),
           "expires_at" = ${expiresAt}
     WHERE "id" = ${machine.id}::uuid AND "generation" = ${machine.generation}
    RETURNING "generation_started_at" AS "at", ("generation_started_at" AT TIME ZONE 'UTC')::date::text AS "day"`
  const clock = moved[0]
  if (!clock) return null
  await tx.generation.update({
    where: { machineId_generation: { machineId: machine.id, generation: machine.generation } },
    data: { supersededAt: clock.at, lastSeq },
  })
  if (reported !== undefined) await tx.machine.update({ where: { id: machine.id }, data: { reported } })
  const generation = await createGeneration(tx, {
    ...next,
    machineId: machine.id,
    generation: machine.generation + 1,
    createdAt: clock.at,
    expiresAt,
    day: utcDay(clock.day),
  })
  return { machine: { ...machine, generation: machine.generation + 1, expiresAt }, generation }
}

async function createGeneration(
  tx: Prisma.TransactionClient,
  data: Prisma.GenerationUncheckedCreateInput,
): Promise<GenerationRow> {
  return tx.generation.create({ data, select: generationColumns })
}

export interface ListedService {
  readonly slug: string
  readonly coveredFields: string[]
  readonly authorities: { readonly authority: string; readonly pathPrefix: string }[]
}

/** The active services: a machine learns where it may sign for, not whether it will be let in. */
export async function listActiveServices(database: Database, limit: number): Promise<ListedService[]> {
  return database.service.findMany({
    where: { state: 'active' },
    orderBy: { slug: 'asc' },
    take: limit,
    select: {
      slug: true,
      coveredFields: true,
      authorities: {
        select: { authority: true, pathPrefix: true },
        orderBy: [{ authority: 'asc' }, { pathPrefix: 'asc' }],
      },
    },
  })
}

/** A `date` of the database as Prisma wants it. */
function utcDay(day: string): Date {
  return new Date(`${day}T00:00:00Z`)
}
