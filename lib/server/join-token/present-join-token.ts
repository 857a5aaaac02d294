import type { JoinToken } from '@/lib/contract/join-tokens'
import { formatId } from '@/lib/domain/ids'
import { readLabels } from '@/lib/domain/label/labels'
import type { JoinTokenRow } from './join-token-store'

/** A join token as the API shows it, its state at this instant. */
export function presentJoinToken(row: JoinTokenRow, now: Date): JoinToken {
  return {
    id: formatId('join', row.id),
    name: row.name,
    state: findState(row, now),
    labels: { ...readLabels(row.labels) },
    usesAllowed: row.usesAllowed,
    usesTaken: row.usesTaken,
    machineLifetimeSeconds: row.machineLifetimeSeconds,
    expiresAt: row.expiresAt.toISOString(),
    revokedAt: row.revokedAt?.toISOString() ?? null,
    createdAt: row.createdAt.toISOString(),
    createdBy: row.createdBy,
  }
}

function findState(row: JoinTokenRow, now: Date): JoinToken['state'] {
  if (row.revokedAt !== null) return 'revoked'
  if (row.usesTaken >= row.usesAllowed) return 'used'
  return row.expiresAt <= now ? 'expired' : 'usable'
}
