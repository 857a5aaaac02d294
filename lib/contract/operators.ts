import { z } from 'zod'
import { accountNamePattern } from '@/lib/domain/operator/account-name'
import { operatorStates } from '@/lib/domain/operator/operator-state'
import { role } from './api-tokens'
import { displayName, idOf, instant, pageOf, pageQuery } from './common'
import { defineOperation } from './operation'

export const operatorId = idOf('op', 'an operator')

/** One spelling per mailbox: lower case ASCII, so that no two operators differ only in case or look. */
export const email = z
  .string()
  .max(254)
  .regex(accountNamePattern, 'takes an e-mail address in lower case')
  .meta({ example: 'ada@example.org' })

/** NIST SP 800-63B, section 3.1.1.2: length, no composition rules, nothing trimmed. */
export const newPassword = z
  .string()
  .min(12, 'takes at least 12 characters')
  .max(256, 'takes at most 256 characters')
  .meta({ description: 'Stored as a scrypt hash.' })

export const operator = z
  .object({
    id: operatorId,
    email: z.string().max(254),
    name: z.string().max(128),
    role,
    state: z.enum(operatorStates).meta({ description: 'An invited operator has not chosen a password yet.' }),
    hasTotp: z.boolean().meta({ description: 'Whether a second factor is set up. Administrators have to.' }),
    lastSignInAt: instant.nullable(),
    createdAt: instant,
  })
  .meta({ id: 'Operator' })

export type Operator = z.output<typeof operator>

/** A link by which its holder chooses a password, and is that operator from then on. */
export const operatorLink = z
  .object({
    url: z.string().max(1024).meta({ description: 'Shown once and stored only as a hash. Works once.' }),
    expiresAt: instant,
  })
  .meta({ id: 'OperatorLink' })

export type OperatorLink = z.output<typeof operatorLink>

export const listOperators = defineOperation({
  operationId: 'listOperators',
  method: 'GET',
  path: '/operators',
  permission: 'operators.read',
  summary: 'List operators, by e-mail address',
  query: z.strictObject({ ...pageQuery, role: role.optional(), state: z.enum(operatorStates).optional() }),
  response: { status: 200, description: 'A page of operators.', schema: pageOf(operator, 'OperatorPage') },
  errors: [],
})

export const createOperator = defineOperation({
  operationId: 'createOperator',
  method: 'POST',
  path: '/operators',
  permission: 'operators.write',
  summary: 'Create an operator',
  description: 'Without a password the answer has an invitation: the new operator opens the link and chooses one.',
  body: z.strictObject({ email, name: displayName, role, password: newPassword.optional() }),
  response: {
    status: 201,
    description: 'The operator, and the invitation when no password was given.',
    schema: z.object({ ...operator.shape, invitation: operatorLink.nullable() }).meta({ id: 'NewOperator' }),
  },
  errors: ['conflict'],
})

export const updateOperatorRole = defineOperation({
  operationId: 'updateOperatorRole',
  method: 'PUT',
  path: '/operators/{operator}/role',
  permission: 'operators.write',
  summary: 'Give an operator another role',
  description: 'Ends the operator’s sessions. The last administrator stays one.',
  params: z.strictObject({ operator: operatorId }),
  body: z.strictObject({ role }),
  response: { status: 200, description: 'The operator as it is now.', schema: operator },
  errors: ['conflict'],
})

export const removeOperator = defineOperation({
  operationId: 'removeOperator',
  method: 'DELETE',
  path: '/operators/{operator}',
  permission: 'operators.write',
  summary: 'Remove an operator',
  description:
    'Ends the operator’s sessions. API tokens are not tied to operators and stay. The last administrator stays.',
  params: z.strictObject({ operator: operatorId }),
  response: { status: 200, description: 'The operator as it was.', schema: operator },
  errors: ['conflict'],
})

export const resetOperator = defineOperation({
  operationId: 'resetOperator',
  method: 'POST',
  path: '/operators/{operator}/reset',
  permission: 'operators.write',
  summary: 'Make a link by which an operator chooses a new password and sets up a new second factor',
  description:
    'Ends the operator’s sessions. The old password and second factor hold until the link is used; it works for 24 hours.',
  params: z.strictObject({ operator: operatorId }),
  body: z.strictObject({}),
  response: { status: 201, description: 'The link.', schema: operatorLink },
  errors: [],
})
