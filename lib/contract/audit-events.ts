import { z } from 'zod'
import { auditActions, auditActorTypes, type AuditAction } from '@/lib/domain/audit/audit-action'
import { anyIdPattern } from '@/lib/domain/ids'
import { givenInstant, idOf, instant, pageOf, pageQuery } from './common'
import { defineOperation } from './operation'

const actions = Object.keys(auditActions) as [AuditAction, ...AuditAction[]]

export const auditEventId = idOf('evt', 'an audit event')

/** An id of any kind, as actors and targets have them. */
const anyId = z.string().regex(anyIdPattern, 'takes an id')

export const auditEvent = z
  .object({
    id: auditEventId,
    at: instant,
    action: z.string().max(64),
    actor: z.object({ type: z.enum(auditActorTypes), id: z.string().max(64).nullable(), name: z.string().max(256) }),
    target: z.object({ type: z.string().max(64), id: z.string().max(128), name: z.string().max(256) }),
    reason: z.string().max(1024).nullable(),
    detail: z.record(z.string().max(64), z.unknown()),
    requestId: z.string().max(64).nullable(),
    address: z
      .string()
      .max(64)
      .nullable()
      .meta({ description: 'Where the call came from; null where no call did it.' }),
  })
  .meta({ id: 'AuditEvent' })

export type AuditEvent = z.output<typeof auditEvent>

export const getAuditEvent = defineOperation({
  operationId: 'getAuditEvent',
  method: 'GET',
  path: '/audit-events/{auditEvent}',
  permission: 'audit.read',
  summary: 'Get an audit event',
  params: z.strictObject({ auditEvent: auditEventId }),
  response: { status: 200, description: 'The audit event.', schema: auditEvent },
  errors: [],
})

export const listAuditEvents = defineOperation({
  operationId: 'listAuditEvents',
  method: 'GET',
  path: '/audit-events',
  permission: 'audit.read',
  summary: 'List what operators and the system did, newest first',
  query: z.strictObject({
    ...pageQuery,
    action: z.enum(actions).optional(),
    actorType: z.enum(auditActorTypes).optional().meta({ description: 'What kind of actor did it.' }),
    actor: anyId.optional().meta({ description: 'Id of who did it.' }),
    target: anyId.optional().meta({ description: 'Id of what it was done to.' }),
    since: givenInstant.optional().meta({ description: 'This instant or later.' }),
    until: givenInstant.optional().meta({ description: 'Before this instant.' }),
  }),
  response: { status: 200, description: 'A page of audit events.', schema: pageOf(auditEvent, 'AuditEventPage') },
  errors: [],
})
