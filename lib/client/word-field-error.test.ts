import { expect, test } from 'vitest'
import { wordFieldError } from './word-field-error'

test.each([
  ['must not be empty', 'This is needed.'],
  ['takes six digits', 'Takes six digits.'],
  ['is wrong, or was used already', 'This is wrong, or was used already.'],
  ['belongs to an operator already', 'This belongs to an operator already.'],
  ['has to be one block of PEM', 'This has to be one block of PEM.'],
  ['must say why', 'This must say why.'],
  ['island names are not taken!', 'Island names are not taken!'],
])('a form says of %j: %j', (message, shown) => {
  expect(wordFieldError(message)).toBe(shown)
})
