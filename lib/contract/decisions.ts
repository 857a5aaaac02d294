import { z } from 'zod'
import { decisionOutcomes } from '@/lib/domain/decision/decision-outcome'
import { errorCodes, type DecisionCode, type ErrorCode } from '@/lib/domain/error-code'
import { givenInstant, idOf, instant, pageOf, pageQuery } from './common'
import { defineOperation } from './operation'
import { machineId } from './machines'
import { serviceId, slug } from './services'

const allCodes = Object.keys(errorCodes) as ErrorCode[]
/** Every code that a decision can end with. */
export const decisionCodes = allCodes.filter((code) => errorCodes[code].kind === 'decision') as [
  DecisionCode,
  ...DecisionCode[],
]

export const decisionId = idOf('dec', 'a decision')

/** Names are those of now; what a caller sent is text of strangers. */
export const decision = z
  .object({
    id: decisionId,
    at: instant,
    outcome: z.enum(decisionOutcomes),
    code: z.string().max(64).nullable(),
    detail: z.string().max(2048).nullable(),
    count: z.int().meta({ description: 'How many requests this record stands for.' }),
    lastAt: instant,
    service: z
      .object({ id: serviceId.nullable(), name: z.string().max(256) })
      .nullable()
      .meta({ description: 'Id null: no service has this name.' }),
    gateway: z.object({ id: idOf('gw', 'a gateway'), name: z.string().max(128).nullable() }).nullable(),
    machine: z.object({ id: machineId, name: z.string().max(256).nullable() }).nullable(),
    generation: z.int().nullable(),
    useKey: z.string().max(256).nullable(),
    conflictingDecisionId: decisionId.nullable().meta({ description: 'The allow whose credential came again.' }),
    method: z.string().max(256).nullable(),
    authority: z.string().max(2048).nullable(),
    reportedAuthority: z.string().max(2048).nullable(),
    path: z.string().max(4096).nullable(),
    queryNames: z.array(z.string().max(1024)),
    content: z.string().max(32).nullable().meta({ description: 'checked, unchecked or none.' }),
    sourceAddress: z.string().max(256).nullable(),
  })
  .meta({ id: 'Decision' })

export type Decision = z.output<typeof decision>

export const getDecision = defineOperation({
  operationId: 'getDecision',
  method: 'GET',
  path: '/decisions/{decision}',
  permission: 'decisions.read',
  summary: 'Get a decision',
  params: z.strictObject({ decision: decisionId }),
  response: { status: 200, description: 'The decision.', schema: decision },
  errors: [],
})

export const listDecisions = defineOperation({
  operationId: 'listDecisions',
  method: 'GET',
  path: '/decisions',
  permission: 'decisions.read',
  summary: 'List decisions, newest first',
  query: z.strictObject({
    ...pageQuery,
    machine: machineId.optional(),
    service: z.union([slug, serviceId]).optional().meta({ description: 'Slug or id of a service.' }),
    outcome: z.enum(decisionOutcomes).optional(),
    code: z.enum(decisionCodes).optional(),
    since: givenInstant.optional().meta({ description: 'This instant or later.' }),
    until: givenInstant.optional().meta({ description: 'Before this instant.' }),
  }),
  response: { status: 200, description: 'A page of decisions.', schema: pageOf(decision, 'DecisionPage') },
  errors: [],
})
