import type { Reader } from '../audit/transaction'

/** The gateway that this machine speaks for, with the services that it asks about. */
export async function findGatewayOfMachine(
  db: Reader,
  machineId: string,
): Promise<{ readonly name: string; readonly serviceIds: string[] } | null> {
  const row = await db.gateway.findUnique({
    where: { machineId },
    select: { name: true, services: { select: { serviceId: true } } },
  })
  return row && { name: row.name, serviceIds: row.services.map(({ serviceId }) => serviceId) }
}
