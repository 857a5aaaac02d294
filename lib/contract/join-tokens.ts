import { z } from 'zod'
import { createdBy, displayName, idOf, instant, labels, pageOf, pageQuery, shownOnce } from './common'
import { defineOperation } from './operation'

export const joinTokenId = idOf('join', 'a join token')

export const joinTokenStates = ['usable', 'used', 'expired', 'revoked'] as const

const usesMessage = 'takes a whole number from 1 to 1,000,000'

const hour = 3600
const day = 24 * hour

export const joinToken = z
  .object({
    id: joinTokenId,
    name: z.string().max(128),
    state: z.enum(joinTokenStates),
    labels,
    usesAllowed: z.int(),
    usesTaken: z.int(),
    machineLifetimeSeconds: z.int(),
    expiresAt: instant,
    revokedAt: instant.nullable(),
    createdAt: instant,
    createdBy,
  })
  .meta({ id: 'JoinToken' })

export type JoinToken = z.output<typeof joinToken>

export const listJoinTokens = defineOperation({
  operationId: 'listJoinTokens',
  method: 'GET',
  path: '/join-tokens',
  permission: 'join_tokens.read',
  summary: 'List join tokens, newest first',
  query: z.strictObject({ ...pageQuery }),
  response: { status: 200, description: 'A page of join tokens.', schema: pageOf(joinToken, 'JoinTokenPage') },
  errors: [],
})

export const createJoinToken = defineOperation({
  operationId: 'createJoinToken',
  method: 'POST',
  path: '/join-tokens',
  permission: 'join_tokens.write',
  summary: 'Create a join token',
  body: z.strictObject({
    name: displayName,
    labels: labels.default({}).meta({ description: 'Labels of the machines that enrol with it.' }),
    usesAllowed: z.int(usesMessage).min(1, usesMessage).max(1_000_000, usesMessage).default(1),
    expiresInSeconds: z
      .int()
      .min(60)
      .max(30 * day)
      .default(hour),
    machineLifetimeSeconds: z
      .int()
      .min(600)
      .max(30 * day)
      .default(day)
      .meta({ description: 'How long a machine stays active without renewing.' }),
  }),
  response: {
    status: 201,
    description: 'The join token, its secret shown this once.',
    schema: z.object({ ...joinToken.shape, token: shownOnce('csj_') }).meta({ id: 'NewJoinToken' }),
  },
  errors: [],
})

export const revokeJoinToken = defineOperation({
  operationId: 'revokeJoinToken',
  method: 'POST',
  path: '/join-tokens/{joinToken}/revoke',
  permission: 'join_tokens.write',
  summary: 'Revoke a join token',
  description: 'Machines that enrolled with it stay.',
  params: z.strictObject({ joinToken: joinTokenId }),
  body: z.strictObject({}),
  response: { status: 200, description: 'The join token.', schema: joinToken },
  errors: ['conflict'],
})
