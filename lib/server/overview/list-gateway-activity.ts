import { maxActivityGateways, type listGatewayActivity as operation } from '@/lib/contract/overview'
import type { OperationResult } from '@/lib/contract/operation'
import { formatId } from '@/lib/domain/ids'
import { done, refuse, type Outcome } from '@/lib/domain/refusal'
import { readCounted } from '../count/count-store'
import type { Dependencies } from '../dependencies'
import { findService } from '../service/service-store'
import { readGatewayActivity } from './overview-store'

/** When each gateway of a service last asked about it. */
export async function listGatewayActivity(
  deps: Dependencies,
  reference: string,
): Promise<Outcome<OperationResult<typeof operation>>> {
  const service = await findService(deps.prisma, reference)
  if (service === null) return refuse('not_found', `There is no service ${reference}.`)
  const rows = await readCounted(deps.prisma, (tx, edge) =>
    readGatewayActivity(tx, edge, service.id, maxActivityGateways),
  )
  return done({
    items: rows.map((row) => ({
      gateway: formatId('gw', row.gatewayId),
      lastAskedAt: row.lastAskedAt?.toISOString() ?? null,
    })),
  })
}
