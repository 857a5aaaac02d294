import { expect, test } from 'vitest'
import { readMergedFields } from './merged-fields'

test('a line that may stand for several, or for other bytes, counts twice, so that nobody takes it for one', () => {
  const read = readMergedFields([
    ['authorization', 'Bearer a,Bearer b'],
    ['x-api-key', 'abc!'],
    ['accept', '*/*'],
    ['cookie', 'a=1; b=2'],
  ])
  expect(read).toEqual({
    outcome: 'read',
    headers: [
      ['authorization', 'Bearer a,Bearer b'],
      ['authorization', 'Bearer a,Bearer b'],
      ['x-api-key', 'abc!'],
      ['x-api-key', 'abc!'],
      ['accept', '*/*'],
      ['cookie', 'a=1; b=2'],
    ],
  })
})

test('cookies, of which there may be several lines, are refused as a whole', () => {
  for (const value of ['a=1,b=2', 'a=!']) expect(readMergedFields([['Cookie', value]]).outcome).toBe('refused')
})
