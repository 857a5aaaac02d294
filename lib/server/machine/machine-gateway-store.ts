import type { Reader } from '../audit/transaction'

/** The gateway that this machine speaks for, with the services that it asks about. */
export async function findGatewayOfMachine(
  db: Reader,
  machineId: string,
): Promise<{ readonly name: string; readonly serviceIds: string[] } | null> {
  const [row] = await db.$queryRaw<{ name: string; serviceIds: string[] }[]>`
    SELECT g."name", ARRAY(SELECT l."service_id"::text FROM "gateway_service" l WHERE l."gateway_id" = g."id") AS "serviceIds"
      FROM "gateway" g WHERE g."machine_id" = ${machineId}::uuid`
  return row ?? null
}
