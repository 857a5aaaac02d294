import { expect, test } from 'vitest'
import { formatLabelLines, parseLabelLines, parseNames } from './label-lines'

test('labels are read as people type them, and written as they are read', () => {
  const labels = { env: 'production', url: 'a=b' }
  expect(parseLabelLines(' env = production \n\nurl=a=b\n')).toEqual(labels)
  expect(parseLabelLines(formatLabelLines(labels))).toEqual(labels)
  expect(parseLabelLines('')).toEqual({})
  // The contract says what is wrong with it.
  expect(parseLabelLines('env')).toEqual({ env: '' })
})

test('names come apart by whatever stands between them', () => {
  expect(parseNames('Authorization, x-api-key\ncookie,,authorization')).toEqual([
    'authorization',
    'x-api-key',
    'cookie',
  ])
  expect(parseNames(' ')).toEqual([])
})
