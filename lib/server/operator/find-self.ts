import { parseId } from '@/lib/domain/ids'
import type { Principal } from '@/lib/domain/operator/principal'
import { refuse, type Refusal } from '@/lib/domain/refusal'

export interface Self {
  readonly outcome: 'self'
  /** UUIDs. */
  readonly operatorId: string
  readonly sessionId: string
}

/** The operator behind a session: only who signed in has a password and a second factor of its own. */
export function findSelf(principal: Principal): Self | Refusal<'permission_denied'> {
  const operatorId = principal.id === null ? null : parseId('op', principal.id)
  const sessionId = principal.sessionId === undefined ? null : parseId('ses', principal.sessionId)
  return principal.type === 'operator' && operatorId !== null && sessionId !== null
    ? { outcome: 'self', operatorId, sessionId }
    : refuse(
        'permission_denied',
        'This is for operators who are signed in; API tokens have no password and no session.',
      )
}
