import { shownGenerations, type MachineDetail } from '@/lib/contract/machines'
import { formatId, parseId } from '@/lib/domain/ids'
import { done, refuse, type Outcome, type Refusal } from '@/lib/domain/refusal'
import type { Dependencies } from '../dependencies'
import { findMachine, listGenerations } from './machine-store'
import { presentMachine } from './present-machine'

/** A machine with its newest generations. */
export async function getMachine(deps: Dependencies, machineId: string): Promise<Outcome<MachineDetail>> {
  const id = parseId('mach', machineId)
  const row = id === null ? null : await findMachine(deps.prisma, id)
  if (row === null) return machineNotFound(machineId)
  const generations = await listGenerations(deps.prisma, row.id, shownGenerations)
  return done({
    ...presentMachine(row, deps.deployment.trustDomain, deps.now()),
    generations: generations.map((generation) => ({
      ...generation,
      createdAt: generation.createdAt.toISOString(),
      expiresAt: generation.expiresAt.toISOString(),
      supersededAt: generation.supersededAt?.toISOString() ?? null,
      lastSeq: generation.lastSeq === null ? null : Number(generation.lastSeq),
    })),
  })
}

/** Takes a TypeID or a UUID and names the TypeID. */
export function machineNotFound(id: string): Refusal<'not_found'> {
  return refuse('not_found', `There is no machine ${id.startsWith('mach_') ? id : formatId('mach', id)}.`)
}
