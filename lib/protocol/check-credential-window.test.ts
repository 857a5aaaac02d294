import { describe, expect, it } from 'vitest'
import { CREATED } from '../../test/vectors/countersign-v1'
import { checkCredentialWindow } from './index'

describe('checkCredentialWindow', () => {
  const window = { created: CREATED, expires: CREATED + 60 }

  it.each([
    [CREATED - 31, 30, 'credential_not_yet_valid', 31],
    [CREATED - 30, 30, 'current', undefined],
    [CREATED + 90, 30, 'current', undefined],
    [CREATED + 91, 30, 'credential_expired', -91],
    [CREATED - 1, 0, 'credential_not_yet_valid', 1],
    [CREATED + 61, 0, 'credential_expired', -61],
  ])('at %i with a tolerance of %i', (now, tolerance, code, clockSkewSeconds) => {
    const result = checkCredentialWindow(window, now, tolerance)
    if (result.outcome === 'current') expect(code).toBe('current')
    else expect(result).toMatchObject({ code, clockSkewSeconds })
  })

  it('refuses when the time is not a number', () => {
    expect(checkCredentialWindow(window, Number.NaN).outcome).toBe('refused')
    expect(checkCredentialWindow({ ...window, created: Number.NaN }, CREATED).outcome).toBe('refused')
    expect(checkCredentialWindow({ ...window, expires: Number.NaN }, CREATED).outcome).toBe('refused')
  })
})
