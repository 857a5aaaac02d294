import type { getWhoami as operation } from '@/lib/contract/deployment'
import type { OperationResult } from '@/lib/contract/operation'
import { permissionsOf } from '@/lib/contract/permissions'
import { done, type Outcome } from '@/lib/domain/refusal'
import type { CallContext } from './call-context'

/** Who the caller is, and what its role allows it. */
export function getWhoami({ principal }: CallContext): Outcome<OperationResult<typeof operation>> {
  const { type, id, name, role } = principal
  return done({ type, id, name, role, permissions: permissionsOf(role) })
}
