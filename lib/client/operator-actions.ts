import type { Operator } from '@/lib/contract/operators'
import { operatorCanBeRemoved, operatorCanTakeRole } from '@/lib/domain/operator/operator-can'
import type { OperatorRole } from '@/lib/domain/operator/operator-role'
import type { Can } from '@/lib/domain/refusal'
import { whyNotPermitted } from './machine-actions'

/** What each role may do, in the words of docs/sign-in.md. */
export const roleTexts: Readonly<Record<OperatorRole, { readonly name: string; readonly may: string }>> = {
  viewer: { name: 'Viewer', may: 'Reads everything.' },
  operator: { name: 'Operator', may: 'Also suspends, releases and revokes machines, and makes join tokens.' },
  administrator: { name: 'Administrator', may: 'Does everything.' },
}

export interface OperatorActionFacts {
  readonly operator: Pick<Operator, 'role' | 'state'>
  /** Of whoever looks. */
  readonly viewerRole: OperatorRole
  /** How many administrators can sign in; undefined while that is not known. */
  readonly administrators: number | undefined
}

const unknownCount = 'It is not known yet whether another administrator can sign in.'

/** Why the viewer cannot remove an operator, or undefined. The permission comes first: then nothing else matters. */
export function whyNotRemove(facts: OperatorActionFacts): string | undefined {
  return whyNot(facts, (administrators) => operatorCanBeRemoved(facts.operator, administrators))
}

/** Why the viewer cannot give an operator this role, or undefined. */
export function whyNotGiveRole(facts: OperatorActionFacts, role: OperatorRole): string | undefined {
  return whyNot(facts, (administrators) => operatorCanTakeRole(facts.operator, role, administrators))
}

function whyNot(
  { operator, viewerRole, administrators }: OperatorActionFacts,
  rule: (administrators: number) => Can,
): string | undefined {
  const forbidden = whyNotPermitted('operators.write', viewerRole)
  if (forbidden !== undefined) return forbidden
  // Only for administrators the count matters.
  if (administrators === undefined && operator.role === 'administrator') return unknownCount
  const can = rule(administrators ?? 0)
  return can.can ? undefined : can.why
}
