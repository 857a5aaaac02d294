import { totpCodePattern, totpPeriodSeconds } from '@/lib/domain/operator/totp-code'
import { toTotp } from './make-totp-setup'

/** RFC 6238, section 5.2: one step of network delay and drifting clocks to either side. */
const window = 1

/** The time step whose code this is, or null. Whether the step was taken before is not checked here. */
export function matchTotpStep(secret: Buffer, code: string, now: Date): bigint | null {
  if (!totpCodePattern.test(code)) return null
  const delta = toTotp(secret).validate({ token: code, timestamp: now.getTime(), window })
  return delta === null ? null : BigInt(Math.floor(now.getTime() / 1000 / totpPeriodSeconds) + delta)
}
