import type { ApiToken } from '@/lib/contract/api-tokens'
import { formatId } from '@/lib/domain/ids'
import { operatorRoles } from '@/lib/domain/operator/operator-role'
import { oneOf } from '../audit/read-stored'
import type { ApiTokenRow } from './api-token-store'

/** An API token as the API shows it, its state at this instant. */
export function presentApiToken(row: ApiTokenRow, now: Date): ApiToken {
  return {
    id: formatId('tok', row.id),
    name: row.name,
    role: oneOf(operatorRoles, row.role),
    state: row.revokedAt !== null ? 'revoked' : row.expiresAt <= now ? 'expired' : 'usable',
    createdAt: row.createdAt.toISOString(),
    createdBy: row.createdBy,
    expiresAt: row.expiresAt.toISOString(),
    revokedAt: row.revokedAt?.toISOString() ?? null,
  }
}
