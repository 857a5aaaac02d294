import { expect, test } from 'vitest'
import { operatorCanBeRemoved, operatorCanTakeRole } from './operator-can'

const administrator = { role: 'administrator', state: 'active' } as const

test('the last administrator who can sign in stays one', () => {
  expect(operatorCanBeRemoved(administrator, 1)).toMatchObject({ can: false })
  expect(operatorCanTakeRole(administrator, 'viewer', 1)).toMatchObject({ can: false })
  expect(operatorCanBeRemoved(administrator, 2)).toEqual({ can: true })
  expect(operatorCanTakeRole(administrator, 'viewer', 2)).toEqual({ can: true })
  expect(operatorCanBeRemoved({ role: 'administrator', state: 'invited' }, 1)).toEqual({ can: true })
  expect(operatorCanBeRemoved({ role: 'viewer', state: 'active' }, 1)).toEqual({ can: true })
})

test('the same role again is said, not done', () => {
  expect(operatorCanTakeRole({ role: 'viewer', state: 'active' }, 'viewer', 1)).toMatchObject({ can: false })
})
