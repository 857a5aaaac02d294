import type { Can } from '../refusal'
import type { OperatorRole } from './operator-role'
import type { OperatorState } from './operator-state'

export interface OperatorFacts {
  readonly role: OperatorRole
  readonly state: OperatorState
}

const lastAdministrator: Can = {
  can: false,
  why: 'This is the last administrator. Make somebody else an administrator first.',
}

/**
 * Whether an operator can be removed.
 *
 * @param administrators how many administrators can sign in, this one included; invited ones do not count
 */
export function operatorCanBeRemoved(operator: OperatorFacts, administrators: number): Can {
  const isAdministrator = operator.role === 'administrator' && operator.state === 'active'
  return isAdministrator && administrators <= 1 ? lastAdministrator : { can: true }
}

/** Whether an operator can be given a role; `administrators` as above. */
export function operatorCanTakeRole(operator: OperatorFacts, role: OperatorRole, administrators: number): Can {
  if (operator.role === role) return { can: false, why: `The role is ${role} already.` }
  return operatorCanBeRemoved(operator, administrators)
}
