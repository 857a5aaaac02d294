import type { Machine } from '@/lib/contract/machines'
import { operations } from '@/lib/contract/operations'
import { roleMay, type Permission } from '@/lib/contract/permissions'
import { machineCan } from '@/lib/domain/machine/machine-can'
import type { OperatorRole } from '@/lib/domain/operator/operator-role'

export const machineActionNames = ['suspend', 'reinstate', 'release', 'revoke'] as const

export type MachineActionName = (typeof machineActionNames)[number]

interface MachineActionText {
  readonly operation: 'suspendMachine' | 'reinstateMachine' | 'releaseMachine' | 'revokeMachine'
  readonly menu: string
  readonly verb: string
  readonly done: string
  readonly isDestructive: boolean
  /** As the contract demands it. */
  readonly reason: 'required' | 'optional'
  readonly consequence: string
}

export const machineActions: Readonly<Record<MachineActionName, MachineActionText>> = {
  suspend: {
    operation: 'suspendMachine',
    menu: 'Suspend',
    verb: 'Suspend machine',
    done: 'Suspended',
    isDestructive: true,
    reason: 'required',
    consequence:
      'It is allowed nothing from now on, until somebody reinstates it. It goes on renewing its keys. Nothing else is affected.',
  },
  reinstate: {
    operation: 'reinstateMachine',
    menu: 'Reinstate',
    verb: 'Reinstate machine',
    done: 'Reinstated',
    isDestructive: false,
    reason: 'required',
    consequence: 'It is allowed again what its labels allow it. Nothing else is affected.',
  },
  release: {
    operation: 'releaseMachine',
    menu: 'Release',
    verb: 'Release machine',
    done: 'Released',
    isDestructive: false,
    reason: 'required',
    consequence:
      'A copy of this machine was seen. Once released it is allowed requests again, and so is a copy that still holds its keys. Release it only after you looked at both sides.',
  },
  revoke: {
    operation: 'revokeMachine',
    menu: 'Revoke',
    verb: 'Revoke machine',
    done: 'Revoked',
    isDestructive: true,
    reason: 'required',
    consequence:
      'It is allowed nothing from now on, on any node, and this is final: to come back it has to enrol anew. Nothing else is affected.',
  },
}

/** Why somebody with this role cannot do it, or undefined. The role comes first: then nothing else matters. */
export function whyNotMachineAction(
  action: MachineActionName,
  machine: Pick<Machine, 'state'>,
  role: OperatorRole,
): string | undefined {
  const forbidden = whyNotPermitted(operations[machineActions[action].operation].permission, role)
  if (forbidden !== undefined) return forbidden
  const can = machineCan[action](machine)
  return can.can ? undefined : can.why
}

/** Names the permission that is missing. */
export function whyNotPermitted(permission: Permission, role: OperatorRole): string | undefined {
  return roleMay(role, permission)
    ? undefined
    : `Your role, ${role}, does not have the permission ${permission}. An administrator can change that.`
}
