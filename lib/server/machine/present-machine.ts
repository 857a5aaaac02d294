import type { Machine } from '@/lib/contract/machines'
import { formatId } from '@/lib/domain/ids'
import { readLabels } from '@/lib/domain/label/labels'
import { machineStateAt, machineStates } from '@/lib/domain/machine/machine-state'
import { oneOf } from '../audit/read-stored'
import type { MachineRow } from './machine-store'

const requestAlgorithms = ['hmac-sha256', 'ed25519', 'ecdsa-p256-sha256'] as const

/** A machine as the API shows it, in the state that it is in at this instant. */
export function presentMachine(row: MachineRow, trustDomain: string, now: Date): Machine {
  const id = formatId('mach', row.id)
  return {
    id,
    spiffeId: `spiffe://${trustDomain}/machine/${id}`,
    name: row.name.slice(0, 256),
    state: machineStateAt({ state: oneOf(machineStates, row.state), expiresAt: row.expiresAt }, now),
    stateReason: row.stateReason?.slice(0, 1024) ?? null,
    stateChangedAt: row.stateChangedAt.toISOString(),
    generation: row.generation,
    generationStartedAt: row.generationStartedAt.toISOString(),
    requestAlgorithm: oneOf(requestAlgorithms, row.requestAlgorithm),
    labels: { ...readLabels(row.labels) },
    reported: presentReported(row.reported),
    lifetimeSeconds: row.lifetimeSeconds,
    expiresAt: row.expiresAt.toISOString(),
    enrolledAt: row.enrolledAt.toISOString(),
    enrolledFrom: row.enrolledFrom?.slice(0, 256) ?? null,
    joinTokenId: row.joinTokenId === null ? null : formatId('join', row.joinTokenId),
    version: Number(row.version),
  }
}

/** Whatever the machine said, as bounded text. */
function presentReported(value: unknown): Record<string, string> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return {}
  const entries = Object.entries(value).slice(0, 64)
  return Object.fromEntries(
    entries.map(([key, item]) => {
      const text = typeof item === 'string' ? item : (JSON.stringify(item) ?? '')
      return [key.slice(0, 256), text.slice(0, 1024)]
    }),
  )
}
