import type { CheckWindowResult } from './types'

/**
 * Protocol section 5, step 4: is a message's window open now?
 *
 * @param window `created` and `expires`, seconds since 1970
 * @param nowSeconds the verifier's time, seconds since 1970
 * @param toleranceSeconds how far the two clocks may differ
 * @returns `current`, or which end was missed
 */
export function checkCredentialWindow(
  window: { readonly created: number; readonly expires: number },
  nowSeconds: number,
  toleranceSeconds = 30,
): CheckWindowResult {
  const clockSkewSeconds = Math.round(window.created - nowSeconds)
  // Written so that a NaN on any side refuses.
  if (!(window.created <= nowSeconds + toleranceSeconds)) {
    const detail = 'The credential was created in the future; the clock of the machine is ahead.'
    return { outcome: 'refused', code: 'credential_not_yet_valid', detail, clockSkewSeconds }
  }
  if (!(window.expires >= nowSeconds - toleranceSeconds)) {
    const detail = 'The credential has expired; the request was delayed or the clock of the machine is behind.'
    return { outcome: 'refused', code: 'credential_expired', detail, clockSkewSeconds }
  }
  return { outcome: 'current' }
}
