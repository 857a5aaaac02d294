import { z } from 'zod'
import { role } from './api-tokens'
import { displayName, idOf, instant, pageOf, pageQuery } from './common'
import { defineOperation } from './operation'

export const operatorId = idOf('op', 'an operator')

/** One spelling per mailbox: lower case ASCII, so that no two operators differ only in case or look. */
const email = z
  .string()
  .max(254)
  .regex(
    /^[a-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@[a-z0-9](?:[a-z0-9-]{0,62})(?:\.[a-z0-9](?:[a-z0-9-]{0,62}))*$/,
    'takes an e-mail address in lower case',
  )
  .meta({ example: 'ada@example.org' })

export const operator = z
  .object({ id: operatorId, email: z.string().max(254), name: z.string().max(128), role, createdAt: instant })
  .meta({ id: 'Operator' })

export type Operator = z.output<typeof operator>

export const listOperators = defineOperation({
  operationId: 'listOperators',
  method: 'GET',
  path: '/operators',
  permission: 'operators.read',
  summary: 'List operators, by e-mail address',
  query: z.strictObject({ ...pageQuery }),
  response: { status: 200, description: 'A page of operators.', schema: pageOf(operator, 'OperatorPage') },
  errors: [],
})

export const createOperator = defineOperation({
  operationId: 'createOperator',
  method: 'POST',
  path: '/operators',
  permission: 'operators.write',
  summary: 'Create an operator',
  body: z.strictObject({
    email,
    name: displayName,
    role,
    // NIST SP 800-63B, section 3.1.1.2: length, no composition rules, nothing trimmed.
    password: z.string().min(12, 'takes at least 12 characters').max(256, 'takes at most 256 characters').meta({
      description: 'Stored as a scrypt hash.',
    }),
  }),
  response: { status: 201, description: 'The operator.', schema: operator },
  errors: ['conflict'],
})
