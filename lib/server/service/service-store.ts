import type { ServiceAuthority } from '@/lib/domain/service/find-authority-overlap'
import type { BodyBinding, ServiceMode, ServiceState } from '@/lib/domain/service/service-settings'
import type { Labels } from '@/lib/domain/label/labels'
import { parseId } from '@/lib/domain/ids'
import type { Reader, Transaction } from '../audit/transaction'
import { Prisma } from '../database/generated/client'

type PlainService = Prisma.ServiceGetPayload<object>

export interface ServiceRow extends PlainService {
  readonly authorities: readonly ServiceAuthority[]
  readonly gateways: readonly { readonly id: string; readonly name: string }[]
}

export interface ServiceSettings {
  readonly name: string
  readonly state: ServiceState
  readonly mode: ServiceMode
  readonly bodyBinding: BodyBinding
  readonly coveredFields: readonly string[]
  readonly machineSelector: Labels
  readonly allowPlainNonce: boolean
  readonly allowEncodedSlash: boolean
  readonly requireAsymmetric: boolean
}

/** By slug or TypeID: an underscore tells them apart. */
export async function findService(db: Reader, reference: string): Promise<ServiceRow | null> {
  const id = parseId('svc', reference)
  const row = await db.service.findUnique({ where: id === null ? { slug: reference } : { id } })
  return row === null ? null : ((await withLinks(db, [row]))[0] ?? null)
}

export async function listServiceRows(
  db: Reader,
  filter: {
    readonly state?: ServiceState | undefined
    readonly afterSlug?: string | undefined
    readonly limit: number
  },
): Promise<ServiceRow[]> {
  const rows = await db.service.findMany({
    where: {
      ...(filter.state && { state: filter.state }),
      ...(filter.afterSlug !== undefined && { slug: { gt: filter.afterSlug } }),
    },
    orderBy: { slug: 'asc' },
    take: filter.limit,
  })
  return withLinks(db, rows)
}

/** One query after the other: for an `include` of two relations Prisma sends two at once, which a transaction cannot run. */
async function withLinks(db: Reader, rows: readonly PlainService[]): Promise<ServiceRow[]> {
  const ids = rows.map(({ id }) => id)
  const authorities = await db.serviceAuthority.findMany({
    where: { serviceId: { in: ids } },
    orderBy: [{ authority: 'asc' }, { pathPrefix: 'asc' }],
  })
  const links = await db.gatewayService.findMany({
    where: { serviceId: { in: ids } },
    select: { serviceId: true, gateway: { select: { id: true, name: true } } },
    orderBy: { gateway: { name: 'asc' } },
  })
  return rows.map((row) => ({
    ...row,
    authorities: authorities.filter(({ serviceId }) => serviceId === row.id),
    gateways: links.filter(({ serviceId }) => serviceId === row.id).map(({ gateway }) => gateway),
  }))
}

/** The ids of these slugs; slugs that nobody has are missing from the map. */
export async function findServiceIds(db: Reader, slugs: readonly string[]): Promise<Map<string, string>> {
  const rows = await db.service.findMany({ where: { slug: { in: [...slugs] } }, select: { id: true, slug: true } })
  return new Map(rows.map((row) => [row.slug, row.id]))
}

/** Keeps others from claiming authorities until the transaction ends; reading them goes on. */
export async function lockAuthorities(tx: Transaction): Promise<void> {
  await tx.$executeRaw`LOCK TABLE "service_authority" IN SHARE ROW EXCLUSIVE MODE`
}

/** What other services claim of these hosts. */
export async function listClaims(
  tx: Transaction,
  authorities: readonly string[],
  exceptServiceId: string | null,
): Promise<(ServiceAuthority & { readonly slug: string })[]> {
  const rows = await tx.serviceAuthority.findMany({
    where: {
      authority: { in: [...authorities] },
      ...(exceptServiceId !== null && { serviceId: { not: exceptServiceId } }),
    },
    select: { authority: true, pathPrefix: true, service: { select: { slug: true } } },
  })
  return rows.map(({ authority, pathPrefix, service }) => ({ authority, pathPrefix, slug: service.slug }))
}

export async function insertService(
  tx: Transaction,
  service: ServiceSettings & { readonly id: string; readonly slug: string; readonly createdAt: Date },
  authorities: readonly ServiceAuthority[],
): Promise<void> {
  await tx.service.create({
    data: { ...service, coveredFields: [...service.coveredFields], machineSelector: { ...service.machineSelector } },
    select: { id: true },
  })
  await replaceAuthorities(tx, service.id, authorities)
}

/** Waits for the decision batches that read this row, and keeps later ones waiting until the transaction ends. */
export async function lockService(tx: Transaction, id: string): Promise<void> {
  await tx.$queryRaw`SELECT 1 AS "locked" FROM "service" WHERE "id" = ${id}::uuid FOR NO KEY UPDATE`
}

/** Changes the settings that are given and takes the next version. */
export async function updateServiceRow(tx: Transaction, id: string, changes: Partial<ServiceSettings>): Promise<void> {
  const { coveredFields, machineSelector, ...rest } = changes
  await tx.service.update({
    where: { id },
    data: {
      ...rest,
      ...(coveredFields && { coveredFields: [...coveredFields] }),
      ...(machineSelector && { machineSelector: { ...machineSelector } }),
      version: { increment: 1 },
    },
    select: { id: true },
  })
}

export async function replaceAuthorities(
  tx: Transaction,
  serviceId: string,
  authorities: readonly ServiceAuthority[],
): Promise<void> {
  await tx.serviceAuthority.deleteMany({ where: { serviceId } })
  await tx.serviceAuthority.createMany({
    data: authorities.map(({ authority, pathPrefix }) => ({ authority, pathPrefix, serviceId })),
  })
}

/**
 * Takes the next version of these services, because something that decisions about them depend on has changed.
 * Rows in id order, as everybody else locks them.
 */
export async function bumpServiceVersions(tx: Transaction, ids: readonly string[]): Promise<void> {
  if (ids.length === 0) return
  const list = Prisma.join(ids.map((id) => Prisma.sql`${id}::uuid`))
  await tx.$queryRaw`SELECT 1 AS "locked" FROM "service" WHERE "id" IN (${list}) ORDER BY "id" FOR NO KEY UPDATE`
  await tx.$executeRaw`UPDATE "service" SET "version" = "version" + 1 WHERE "id" IN (${list})`
}
