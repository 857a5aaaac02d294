import { z } from 'zod'
import { operatorRoles } from '@/lib/domain/operator/operator-role'
import { givenInstant, idOf, instant, reason } from './common'
import { defineOperation } from './operation'

export const deployment = z
  .object({
    id: idOf('dep', 'the deployment'),
    trustDomain: z.string().max(255),
    publicUrl: z.string().max(512),
    database: z.enum(['embedded', 'postgresql']),
    agent: z
      .object({ url: z.string().max(600), sha256: z.string().regex(/^[0-9a-f]{64}$/) })
      .nullable()
      .meta({ description: 'The agent that this server hands out; null where it was not built.' }),
    restoredAt: instant.nullable().meta({
      description:
        'Since when no machine is active after a restore from a backup, until somebody says since when data are missing; else null.',
    }),
    assertionKey: z.object({
      kid: z.string().max(64),
      fingerprint: z.string().max(80).meta({
        description: 'What `countersign enroll --server-key` takes.',
        example: 'sha256:GQNqhZMKvCwVp4En25wiDG2_tXixO581XLrNo2thSD8',
      }),
    }),
  })
  .meta({ id: 'Deployment' })

export type Deployment = z.output<typeof deployment>

export const getDeployment = defineOperation({
  operationId: 'getDeployment',
  method: 'GET',
  path: '/deployment',
  permission: 'deployment.read',
  summary: 'Get what machines need to know of this deployment',
  response: { status: 200, description: 'The deployment.', schema: deployment },
  errors: [],
})

export const missingData = z
  .object({
    since: instant,
    machines: z
      .number()
      .int()
      .min(0)
      .max(Number.MAX_SAFE_INTEGER)
      .meta({ description: 'How many machines are active again.' }),
  })
  .meta({ id: 'MissingData' })

export type MissingData = z.output<typeof missingData>

export const stateMissingData = defineOperation({
  operationId: 'stateMissingData',
  method: 'POST',
  path: '/deployment/missing-data',
  permission: 'deployment.restore',
  summary: 'Say since when data are missing after a restore, so that machines are active again',
  body: z
    .strictObject({
      since: givenInstant.meta({
        description:
          'The instant of the backup. Repeat first what was done since: revocations, suspensions, narrower settings.',
      }),
    })
    .meta({ id: 'StateMissingData' }),
  response: { status: 200, description: 'The machines are active again on every node.', schema: missingData },
  errors: ['conflict'],
})

export const declaredRestore = z
  .object({
    machines: z
      .number()
      .int()
      .min(0)
      .max(Number.MAX_SAFE_INTEGER)
      .meta({ description: 'How many are no longer active.' }),
  })
  .meta({ id: 'DeclaredRestore' })

export type DeclaredRestore = z.output<typeof declaredRestore>

export const declareRestored = defineOperation({
  operationId: 'declareRestored',
  method: 'POST',
  path: '/deployment/restored',
  permission: 'deployment.restore',
  summary: 'Say that the database was restored by means that the server cannot notice',
  body: z.strictObject({ reason }).meta({ id: 'DeclareRestored' }),
  response: {
    status: 200,
    description: 'Earlier credentials are refused and no machine is active, on every node.',
    schema: declaredRestore,
  },
  errors: [],
})

export const getWhoami = defineOperation({
  operationId: 'getWhoami',
  method: 'GET',
  path: '/whoami',
  permission: 'self.read',
  summary: 'Get who the caller is and what it may do',
  response: {
    status: 200,
    description: 'The caller.',
    schema: z
      .object({
        type: z.enum(['operator', 'api_token', 'local_administrator']),
        id: z.string().max(64).nullable(),
        name: z.string().max(256),
        role: z.enum(operatorRoles),
        permissions: z.array(z.string().max(64)).max(100),
      })
      .meta({ id: 'Whoami' }),
  },
  errors: [],
})

export const getOpenapi = defineOperation({
  operationId: 'getOpenapi',
  method: 'GET',
  path: '/openapi.json',
  permission: 'public',
  summary: 'Get this document',
  response: {
    status: 200,
    description: 'OpenAPI 3.1.',
    schema: z.record(z.string().max(256), z.unknown()),
  },
  errors: [],
})
