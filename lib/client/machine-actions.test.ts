import { describe, expect, test } from 'vitest'
import { operations } from '@/lib/contract/operations'
import { machineCan } from '@/lib/domain/machine/machine-can'
import { machineStates } from '@/lib/domain/machine/machine-state'
import { operatorRoles } from '@/lib/domain/operator/operator-role'
import type { MachineChange } from '@/lib/contract/machines'
import { describeMachineChange, formatSpan } from './describe-change'
import { machineActionNames, machineActions, whyNotMachineAction, whyNotPermitted } from './machine-actions'
import { isSetUp, setUpSteps } from './set-up-steps'

describe('actions on machines', () => {
  test('are open exactly where the server’s rule and the role allow them', () => {
    for (const action of machineActionNames) {
      for (const state of machineStates) {
        for (const role of operatorRoles) {
          const why = whyNotMachineAction(action, { state }, role)
          const can = machineCan[action]({ state })
          if (role === 'viewer') expect(why).toContain(operations[machineActions[action].operation].permission)
          else expect(why).toBe(can.can ? undefined : can.why)
        }
      }
    }
  })

  test('name the permission and the role that are missing', () => {
    expect(whyNotPermitted('services.write', 'operator')).toMatch(/operator.*services\.write/)
    expect(whyNotPermitted('services.write', 'administrator')).toBeUndefined()
  })
})

describe('the words after a change', () => {
  const change = (lastAllowedAt: string | null, inForceAfterMs = 12.3) =>
    describeMachineChange({
      machine: { stateChangedAt: '2026-11-22T08:30:14.000Z' },
      inForceAfterMs,
      lastAllowedAt,
    } as MachineChange)

  test('say what was measured', () => {
    expect(change('2026-11-22T08:30:00.000Z')).toBe(
      'In force on every node after 12.3 ms. Last allowed use 00:14 before.',
    )
    expect(change(null)).toBe('In force on every node after 12.3 ms. It was never allowed a request.')
    expect(change('2026-11-22T08:30:14.500Z', 2_345)).toBe(
      'In force on every node after 2.3 s. Last allowed use while the change was being made.',
    )
  })

  test('show spans as a stopwatch does', () => {
    expect(formatSpan(3_725_000)).toBe('1:02:05')
    expect(formatSpan(86_400_000 * 3)).toBe('3 days')
  })
})

test('an empty system has steps in order, and a running one has none left', () => {
  const nothing = { hasService: false, hasGateway: false, hasJoinToken: false, hasMachine: false, hasDecision: false }
  expect(setUpSteps(nothing).map((step) => step.isDone)).toEqual([false, false, false, false, false])
  expect(isSetUp({ ...nothing, hasService: true })).toBe(false)
  const everything = { hasService: true, hasGateway: true, hasJoinToken: true, hasMachine: true, hasDecision: true }
  expect(isSetUp(everything)).toBe(true)
  // Join tokens can be gone while what they let in is there.
  expect(isSetUp({ ...everything, hasJoinToken: false })).toBe(true)
})
