import { expect, test } from 'vitest'
import { mergeTail } from './merge-tail'
import { someDecision } from './testing/some-decision'

const at = (second: number, id = `dec_${second}`) =>
  someDecision({ id, at: new Date(Date.UTC(2026, 10, 22, 8, 0, second)).toISOString() })
const ids = (list: readonly { readonly id: string }[]) => list.map(({ id }) => id)

test('a tail is newest first, has each decision once, and is bounded', () => {
  const first = mergeTail([], [at(1), at(3)])
  expect(ids(first)).toEqual(['dec_3', 'dec_1'])
  expect(ids(mergeTail(first, [at(2), at(3)]))).toEqual(['dec_3', 'dec_2', 'dec_1'])
  expect(ids(mergeTail(first, [at(2)], 2))).toEqual(['dec_3', 'dec_2'])
})

test('nothing new leaves the list itself, so that nothing is drawn again', () => {
  const list = [at(1)]
  expect(mergeTail(list, [])).toBe(list)
})
