/** What is documented here and served outside the dispatcher: decisions, and the messages of machines. */
import { z } from 'zod'
import type { ZodOpenApiOperationObject, ZodOpenApiPathsObject } from 'zod-openapi'
import type { ErrorCode } from '@/lib/domain/error-code'
import { authzParams, denialCodes, verifyAnswer, verifyBody } from './decision-endpoints'
import { describeProblems } from './describe-problems'
import { decisionStreamPath, streamDecisions } from './live'
import {
  enrollBody,
  enrollmentParameters,
  machineParams,
  renewBody,
  serviceListBody,
  signedAnswer,
} from './machine-endpoints'

const json = (schema: z.ZodType) => ({ 'application/json': { schema } })

const verify: ZodOpenApiOperationObject = {
  operationId: 'verify',
  tags: ['decisions'],
  summary: 'Decide a request, asked by a service’s own code',
  description: 'Take anything but 200 as deny. Each credential is accepted once.',
  security: [{ gatewayKey: [] }, {}],
  requestBody: { required: true, content: json(verifyBody) },
  responses: {
    '200': { description: 'Allowed, and on record.', content: json(verifyAnswer) },
    ...describeProblems([
      'request_malformed',
      ...denialCodes[401],
      ...denialCodes[403],
      'request_too_large',
      'overloaded',
    ]),
  },
}

const allowHeaders = z.object({
  'Countersign-Machine': z.string(),
  'Countersign-Decision': z.string(),
  'Countersign-Assertion': z.string().optional(),
})

const problemHeaders = z.object({
  'Countersign-Problem': z.string().meta({ description: 'The problem document as one line of ASCII, at most 1 KiB.' }),
})

function authz(method: string): ZodOpenApiOperationObject {
  const denials = Object.entries(describeProblems([...denialCodes[401], ...denialCodes[403]]))
  return {
    operationId: `authz${method}`,
    tags: ['decisions'],
    summary: 'Decide a request, asked by a gateway',
    description:
      'Takes every method. Answers 200, 401 or 403 and nothing else. The profile names the headers that are read.',
    security: [{ gatewayKey: [] }],
    requestParams: { path: authzParams },
    responses: {
      '200': { description: 'Allowed, and on record.', headers: allowHeaders },
      ...Object.fromEntries(denials.map(([status, answer]) => [status, { ...answer, headers: problemHeaders }])),
    },
  }
}

interface MachineMessage {
  readonly operationId: string
  readonly summary: string
  readonly body: z.ZodType
  readonly errors: readonly ErrorCode[]
  readonly created?: boolean
  readonly withMachine?: boolean
}

function machineMessage({
  operationId,
  summary,
  body,
  errors,
  created,
  withMachine,
}: MachineMessage): ZodOpenApiOperationObject {
  const answer = (description: string) => ({ description, content: json(signedAnswer) })
  return {
    operationId,
    tags: ['machines'],
    summary,
    description: 'A signed message: docs/machine-messages.md has the signatures, and the claims of the answer.',
    security: [],
    ...(withMachine && { requestParams: { path: machineParams } }),
    requestBody: { required: true, content: json(body) },
    responses: {
      ...(created && { '201': answer('Enrolled.') }),
      '200': answer(created ? 'The same keys came again: the same answer.' : 'Done.'),
      ...describeProblems([
        'request_malformed',
        'request_too_large',
        'enrollment_signature_invalid',
        ...errors,
        'unavailable',
      ]),
    },
  }
}

export const pathsServedOutside: ZodOpenApiPathsObject = {
  '/verify': { post: verify },
  '/authz/{profile}/{service}': { get: authz('Get'), post: authz('Post') },
  [decisionStreamPath]: { get: streamDecisions },
  '/enrollments/parameters': {
    get: {
      operationId: 'getEnrollmentParameters',
      tags: ['machines'],
      summary: 'Get what a machine needs before it makes its keys',
      security: [],
      responses: { '200': { description: 'Signed parameters.', content: json(enrollmentParameters) } },
    },
  },
  '/enrollments': {
    post: machineMessage({
      operationId: 'enrollMachine',
      summary: 'Enrol a machine',
      body: enrollBody,
      errors: ['join_token_invalid', 'join_token_expired', 'join_token_used', 'evidence_refused', 'conflict'],
      created: true,
    }),
  },
  '/machines/{machine}/renewals': {
    post: machineMessage({
      operationId: 'renewMachine',
      summary: 'Renew a machine: the next generation of its keys',
      body: renewBody,
      errors: [
        'machine_unknown',
        'machine_revoked',
        'machine_quarantined',
        'generation_superseded',
        'generation_conflict',
      ],
      withMachine: true,
    }),
  },
  '/machines/{machine}/service-list': {
    post: machineMessage({
      operationId: 'getMachineServiceList',
      summary: 'Get the services that a machine signs for',
      body: serviceListBody,
      errors: ['machine_unknown', 'machine_revoked', 'machine_quarantined', 'generation_superseded'],
      withMachine: true,
    }),
  },
}
