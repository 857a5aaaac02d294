import type { GatewayKeyKind, GatewayProfile } from '@/lib/domain/gateway/gateway-profile'
import { parseId } from '@/lib/domain/ids'
import type { Reader, Transaction } from '../audit/transaction'
import type { Prisma } from '../database/generated/client'

type PlainGateway = Prisma.GatewayGetPayload<object>

/** Without the hash of a secret; that of a certificate is its fingerprint, in hexadecimal, and public. */
interface GatewayKeyRow {
  readonly id: string
  readonly kind: string
  readonly fingerprint: string | null
  readonly expiresAt: Date | null
  readonly createdAt: Date
  readonly createdBy: string
}

export interface GatewayRow extends PlainGateway {
  readonly services: readonly { readonly id: string; readonly slug: string }[]
  readonly machine: { readonly id: string; readonly name: string } | null
  readonly keys: readonly GatewayKeyRow[]
}

/** By name or TypeID: an underscore tells them apart. */
export async function findGateway(db: Reader, reference: string): Promise<GatewayRow | null> {
  const id = parseId('gw', reference)
  const row = await db.gateway.findUnique({ where: id === null ? { name: reference } : { id } })
  return row === null ? null : ((await withLinks(db, [row]))[0] ?? null)
}

export async function listGatewayRows(
  db: Reader,
  filter: {
    /** Slug or TypeID of one of its services. */
    readonly service?: string | undefined
    readonly afterName?: string | undefined
    readonly limit: number
  },
): Promise<GatewayRow[]> {
  const { service, afterName } = filter
  const serviceId = service === undefined ? null : parseId('svc', service)
  const rows = await db.gateway.findMany({
    where: {
      ...(service !== undefined && {
        services: { some: serviceId === null ? { service: { slug: service } } : { serviceId } },
      }),
      ...(afterName !== undefined && { name: { gt: afterName } }),
    },
    orderBy: { name: 'asc' },
    take: filter.limit,
  })
  return withLinks(db, rows)
}

/** One query after the other: for an `include` of two relations Prisma sends two at once, which a transaction cannot run. */
async function withLinks(db: Reader, rows: readonly PlainGateway[]): Promise<GatewayRow[]> {
  const ids = rows.map(({ id }) => id)
  const links = await db.gatewayService.findMany({
    where: { gatewayId: { in: ids } },
    select: { gatewayId: true, service: { select: { id: true, slug: true } } },
    orderBy: { service: { slug: 'asc' } },
  })
  const keys = await db.gatewayKey.findMany({
    where: { gatewayId: { in: ids } },
    select: { id: true, gatewayId: true, kind: true, hash: true, expiresAt: true, createdAt: true, createdBy: true },
    orderBy: { createdAt: 'asc' },
  })
  const machines = await db.machine.findMany({
    where: { id: { in: rows.flatMap(({ machineId }) => machineId ?? []) } },
    select: { id: true, name: true },
  })
  return rows.map((row) => ({
    ...row,
    services: links.filter(({ gatewayId }) => gatewayId === row.id).map(({ service }) => service),
    keys: keys
      .filter(({ gatewayId }) => gatewayId === row.id)
      .map(({ hash, ...key }) => ({
        ...key,
        fingerprint: key.kind === 'certificate' ? Buffer.from(hash).toString('hex') : null,
      })),
    machine: machines.find(({ id }) => id === row.machineId) ?? null,
  }))
}

/** Makes concurrent changes of one gateway come one after the other. */
export async function lockGateway(tx: Transaction, id: string): Promise<void> {
  await tx.$queryRaw`SELECT 1 AS "locked" FROM "gateway" WHERE "id" = ${id}::uuid FOR UPDATE`
}

export async function insertGateway(
  tx: Transaction,
  gateway: {
    readonly id: string
    readonly name: string
    readonly profile: GatewayProfile
    readonly machineId: string | null
    readonly createdAt: Date
  },
  serviceIds: readonly string[],
): Promise<void> {
  await tx.gateway.create({ data: gateway, select: { id: true } })
  await replaceGatewayServices(tx, gateway.id, serviceIds)
}

export async function replaceGatewayServices(
  tx: Transaction,
  gatewayId: string,
  serviceIds: readonly string[],
): Promise<void> {
  await tx.gatewayService.deleteMany({ where: { gatewayId } })
  await tx.gatewayService.createMany({ data: serviceIds.map((serviceId) => ({ gatewayId, serviceId })) })
}

export async function setGatewayMachine(tx: Transaction, id: string, machineId: string | null): Promise<void> {
  await tx.gateway.update({ where: { id }, data: { machineId }, select: { id: true } })
}

export async function insertGatewayKey(
  tx: Transaction,
  key: {
    readonly id: string
    readonly gatewayId: string
    readonly kind: GatewayKeyKind
    /** Of a certificate; null of a secret. */
    readonly expiresAt: Date | null
    readonly hash: Uint8Array<ArrayBuffer>
    readonly createdAt: Date
    readonly createdBy: string
  },
): Promise<void> {
  await tx.gatewayKey.create({ data: key, select: { id: true } })
}

/** Returns whether there was such a key of this gateway. */
export async function deleteGatewayKey(tx: Transaction, gatewayId: string, id: string): Promise<boolean> {
  const { count } = await tx.gatewayKey.deleteMany({ where: { id, gatewayId } })
  return count === 1
}

/**
 * The state of a machine that a gateway is to be bound to. The share lock makes a revocation wait until the binding has
 * committed, so that it sees the gateway and bumps its services; or the binding sees the revocation.
 */
export async function lockMachineForBinding(
  tx: Transaction,
  machineId: string,
): Promise<{ readonly name: string; readonly state: string } | null> {
  const rows = await tx.$queryRaw<{ name: string; state: string }[]>`
    SELECT "name", "state" FROM "machine" WHERE "id" = ${machineId}::uuid FOR SHARE`
  return rows[0] ?? null
}
