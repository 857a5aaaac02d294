import type { listMachineActivity as operation } from '@/lib/contract/overview'
import type { OperationResult } from '@/lib/contract/operation'
import { formatId, parseId } from '@/lib/domain/ids'
import { done, type Outcome } from '@/lib/domain/refusal'
import { readCounted } from '../count/count-store'
import type { Dependencies } from '../dependencies'
import { readMachineActivity } from './overview-store'

const hourMs = 3_600_000

/** When these machines were last allowed, and what was decided of them in the last hour. */
export async function listMachineActivity(
  deps: Dependencies,
  machineIds: readonly string[],
): Promise<Outcome<OperationResult<typeof operation>>> {
  const ids = [...new Set(machineIds)].flatMap((id) => parseId('mach', id) ?? [])
  const since = new Date(deps.now().getTime() - hourMs)
  const rows = await readCounted(deps.prisma, (tx, edge) => readMachineActivity(tx, edge, ids, since))
  return done({
    items: rows.map((row) => ({
      machine: formatId('mach', row.machineId),
      lastAllowedAt: row.lastAllowedAt?.toISOString() ?? null,
      allowedLastHour: row.allowed,
      deniedLastHour: row.denied,
    })),
  })
}
