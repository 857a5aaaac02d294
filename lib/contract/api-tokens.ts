import { z } from 'zod'
import { apiTokenStates } from '@/lib/domain/api-token/api-token-state'
import { operatorRoles } from '@/lib/domain/operator/operator-role'
import { createdBy, displayName, idOf, instant, pageOf, pageQuery, shownOnce } from './common'
import { defineOperation } from './operation'

const day = 86_400

export const apiTokenId = idOf('tok', 'an API token')
export const role = z.enum(operatorRoles)

export const apiToken = z
  .object({
    id: apiTokenId,
    name: z.string().max(128),
    role,
    state: z.enum(apiTokenStates),
    createdAt: instant,
    createdBy,
    expiresAt: instant,
    revokedAt: instant.nullable(),
  })
  .meta({ id: 'ApiToken' })

export type ApiToken = z.output<typeof apiToken>

export const listApiTokens = defineOperation({
  operationId: 'listApiTokens',
  method: 'GET',
  path: '/api-tokens',
  permission: 'api_tokens.read',
  summary: 'List API tokens, newest first',
  query: z.strictObject({ ...pageQuery, state: z.enum(apiTokenStates).optional() }),
  response: { status: 200, description: 'A page of API tokens.', schema: pageOf(apiToken, 'ApiTokenPage') },
  errors: [],
})

export const createApiToken = defineOperation({
  operationId: 'createApiToken',
  method: 'POST',
  path: '/api-tokens',
  permission: 'api_tokens.write',
  summary: 'Create an API token',
  body: z.strictObject({
    name: displayName,
    role,
    expiresInSeconds: z
      .int()
      .min(60)
      .max(366 * day)
      .default(90 * day),
  }),
  response: {
    status: 201,
    description: 'The API token, its secret shown this once.',
    schema: z.object({ ...apiToken.shape, token: shownOnce('cst_') }).meta({ id: 'NewApiToken' }),
  },
  errors: [],
})

export const revokeApiToken = defineOperation({
  operationId: 'revokeApiToken',
  method: 'POST',
  path: '/api-tokens/{apiToken}/revoke',
  permission: 'api_tokens.write',
  summary: 'Revoke an API token',
  params: z.strictObject({ apiToken: apiTokenId }),
  body: z.strictObject({}),
  response: { status: 200, description: 'The API token.', schema: apiToken },
  errors: ['conflict'],
})
