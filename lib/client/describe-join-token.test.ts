import { expect, test } from 'vitest'
import type { JoinToken } from '@/lib/contract/join-tokens'
import { describeJoinTokenRevocation } from './describe-join-token'

const token = (usesTaken: number, usesAllowed: number, state: JoinToken['state'] = 'usable') =>
  describeJoinTokenRevocation({ usesTaken, usesAllowed, state } as JoinToken)

test('a revocation says what is lost and who stays', () => {
  expect(token(0, 1)).toBe('Nobody enrols with it any more: 1 use of 1 is lost. No machine enrolled with it.')
  expect(token(2, 5)).toBe(
    'Nobody enrols with it any more: 3 uses of 5 are lost. The 2 machines that enrolled with it stay; revoke those by themselves if they should go.',
  )
  expect(token(1, 1, 'used')).toContain('It lets nobody in as it is')
  expect(token(1, 1, 'used')).toContain('The machine that enrolled with it stays')
})
