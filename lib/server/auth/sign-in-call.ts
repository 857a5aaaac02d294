import type { Outcome } from '@/lib/domain/refusal'
import type { AuditActor } from '@/lib/domain/audit/audit-action'
import { formatId } from '@/lib/domain/ids'
import type { OperatorRow } from '../operator/operator-store'
import type { KnownBrowser } from './browser-token'

/** In which call, and from where, a step of a sign-in is tried. */
export interface SignInCall {
  readonly requestId: string
  readonly address: string | null
  readonly browser: KnownBrowser | null
}

/** A step that was passed: what to answer, and whom the browser may be known for from now on. */
export interface PassedStep<Answer> {
  readonly answer: Answer
  readonly knownFor?: OperatorRow
}

export type StepOutcome<Answer> = Outcome<PassedStep<Answer>>

/** An operator who has no session yet, as the audit log names it. */
export function actorOfOperator(operator: Pick<OperatorRow, 'id' | 'name'>): AuditActor {
  return { type: 'operator', id: formatId('op', operator.id), name: operator.name }
}
