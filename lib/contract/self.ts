import { z } from 'zod'
import { totpCodePattern } from '@/lib/domain/operator/totp-code'
import { defineOperation } from './operation'
import { newPassword, operator } from './operators'
import { session } from './sessions'

/** What is typed to prove a password: as long as any password, and nothing said about its form. */
export const givenPassword = z.string().min(1, 'must not be empty').max(256, 'takes at most 256 characters')

export const totpCode = z
  .string()
  .max(6, 'takes six digits')
  .regex(totpCodePattern, 'takes six digits')
  .meta({ example: '492039' })

export const recoveryCodes = z
  .object({
    recoveryCodes: z
      .array(z.string().max(32))
      .max(10)
      .meta({ description: 'Each opens one sign-in instead of a code. Shown once and stored only as hashes.' }),
  })
  .meta({ id: 'RecoveryCodes' })

export const totpSetup = z
  .object({
    secret: z.string().max(64).meta({ description: 'Base32, for typing. Shown until a code confirms it.' }),
    uri: z.string().max(1024).meta({ description: 'otpauth://totp/… as authenticator apps take it.' }),
    qr: z
      .object({ size: z.int(), path: z.string().max(65_536) })
      .meta({ description: 'The QR code of the URI: an SVG path in a square of `size` units.' }),
  })
  .meta({ id: 'TotpSetup' })

export type TotpSetup = z.output<typeof totpSetup>

export const getCurrentOperator = defineOperation({
  operationId: 'getCurrentOperator',
  method: 'GET',
  path: '/self',
  permission: 'self.read',
  summary: 'Get the operator who is signed in, what it may do, and its session',
  description: 'For sessions only; API tokens ask /whoami.',
  response: {
    status: 200,
    description: 'The operator.',
    schema: z
      .object({
        ...operator.shape,
        permissions: z.array(z.string().max(64)).max(100),
        recoveryCodesLeft: z.int().min(0),
        session,
      })
      .meta({ id: 'CurrentOperator' }),
  },
  errors: [],
})

export const changePassword = defineOperation({
  operationId: 'changePassword',
  method: 'POST',
  path: '/self/password',
  permission: 'self.write',
  summary: 'Change one’s own password',
  description: 'Ends one’s other sessions.',
  body: z.strictObject({ currentPassword: givenPassword, newPassword }),
  response: { status: 200, description: 'The operator.', schema: operator },
  errors: ['sign_in_refused', 'locked_out', 'overloaded'],
})

export const makeRecoveryCodes = defineOperation({
  operationId: 'makeRecoveryCodes',
  method: 'POST',
  path: '/self/recovery-codes',
  permission: 'self.write',
  summary: 'Make new recovery codes; the old ones stop working',
  body: z.strictObject({ currentPassword: givenPassword }),
  response: { status: 201, description: 'The codes, shown this once.', schema: recoveryCodes },
  errors: ['sign_in_refused', 'conflict', 'locked_out', 'overloaded'],
})

export const beginTotp = defineOperation({
  operationId: 'beginTotp',
  method: 'POST',
  path: '/self/totp',
  permission: 'self.write',
  summary: 'Begin to set up a second factor, or a new one in place of the old',
  description: 'The old one holds until a code of the new one confirms it.',
  body: z.strictObject({ currentPassword: givenPassword }),
  response: { status: 201, description: 'The secret for the authenticator app.', schema: totpSetup },
  errors: ['sign_in_refused', 'locked_out', 'overloaded'],
})

export const confirmTotp = defineOperation({
  operationId: 'confirmTotp',
  method: 'POST',
  path: '/self/totp/confirm',
  permission: 'self.write',
  summary: 'Confirm the second factor with its first code',
  description: 'Ends one’s other sessions, and replaces the recovery codes.',
  body: z.strictObject({ code: totpCode }),
  response: { status: 201, description: 'New recovery codes, shown this once.', schema: recoveryCodes },
  errors: ['sign_in_refused', 'conflict', 'locked_out'],
})
