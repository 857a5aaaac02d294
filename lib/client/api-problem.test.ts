import { describe, expect, test } from 'vitest'
import { ApiProblem, describeProblem, readProblem, toProblem, unreachable } from './api-problem'

const document = {
  type: '/docs/errors#conflict',
  title: 'The change does not fit the present state.',
  status: 409,
  code: 'conflict',
  detail: 'It is revoked already.',
  advice: 'The detail says what is in the way.',
  requestId: 'req_01k3tt0z0ye00800014d2pf2db',
}

describe('problems', () => {
  test('of the contract keep their code, words and requestId', () => {
    expect(readProblem(409, document, 'req_other')).toEqual(document)
  })

  test.each([[null], ['<html>'], [{}], [{ ...document, code: 'made_up' }], [{ ...document, status: 200 }]])(
    'in another form are told apart, with what the header knows: %j',
    (body) => {
      expect(readProblem(502, body, 'req_header')).toMatchObject({
        code: 'unreadable',
        status: 502,
        requestId: 'req_header',
      })
    },
  )

  test('say what is wrong and what to do next', () => {
    expect(describeProblem(readProblem(409, document, null))).toBe(
      'It is revoked already. The detail says what is in the way.',
    )
    expect(describeProblem(unreachable)).toContain('The server did not answer.')
  })

  test('are found in whatever was thrown', () => {
    expect(toProblem(new ApiProblem(unreachable)).code).toBe('unreachable')
    expect(toProblem(new TypeError('x')).code).toBe('unreadable')
    expect(toProblem(undefined).advice).not.toBe('')
  })
})
