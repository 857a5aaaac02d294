/**
 * Signing in, step by step: what the sign-in pages send to `/api/auth/steps/<name>`. Each step that is passed answers with
 * a ticket for the next; the last ticket becomes the session (`/api/auth/callback/ticket`, docs/sign-in.md).
 */
import { z } from 'zod'
import { normalizeAccountName } from '@/lib/domain/operator/account-name'
import { displayName } from './common'
import { email, newPassword } from './operators'
import { givenPassword, totpCode, totpSetup } from './self'

const ticket = z.string().max(64)
const linkToken = z.string().max(64)

/** What comes next. */
export const signInAnswer = z.discriminatedUnion('next', [
  z.object({ next: z.literal('second_factor'), ticket }),
  z.object({ next: z.literal('totp_enrollment'), ticket }),
  z.object({ next: z.literal('session'), ticket, recoveryCodes: z.array(z.string().max(32)).optional() }),
])

export type SignInAnswer = z.output<typeof signInAnswer>

export const signInSteps = {
  password: {
    // Whatever was typed: a name that no operator can have is as wrong as one that none has.
    body: z.strictObject({ email: z.string().min(1, 'must not be empty').max(320), password: givenPassword }),
    answer: signInAnswer,
  },
  totp: { body: z.strictObject({ ticket, code: totpCode }), answer: signInAnswer },
  'recovery-code': {
    body: z.strictObject({ ticket, code: z.string().min(1, 'must not be empty').max(64) }),
    answer: signInAnswer,
  },
  'begin-totp': { body: z.strictObject({ ticket }), answer: totpSetup },
  'confirm-totp': { body: z.strictObject({ ticket, code: totpCode }), answer: signInAnswer },
  'set-up': {
    body: z.strictObject({
      token: linkToken,
      // People write their address with capitals; it is stored in its one spelling.
      email: z.string().max(320).transform(normalizeAccountName).pipe(email),
      name: displayName,
      password: newPassword,
    }),
    answer: signInAnswer,
  },
  'accept-link': { body: z.strictObject({ token: linkToken, password: newPassword }), answer: signInAnswer },
} as const satisfies Record<string, { body: z.ZodObject; answer: z.ZodType }>

export type SignInSteps = typeof signInSteps
export type SignInStepName = keyof SignInSteps
