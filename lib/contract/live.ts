import { z } from 'zod'
import type { ZodOpenApiOperationObject } from 'zod-openapi'
import { decision } from './decisions'
import { describeProblems } from './describe-problems'

/** The live feed of decisions: server-sent events (HTML Living Standard, 9.2). Served outside the dispatcher. */
export const decisionStreamPath = '/decisions/stream'

export const decisionStreamPermission = 'decisions.read'

/** The query that stands for `Last-Event-ID` where a client cannot set it: a new `EventSource` after an error. */
export const lastEventIdQuery = 'lastEventId'

/**
 * The events by their names. A decision may come twice, after a lost connection; its `id` is the event's id.
 * `ready`: what is recorded from now on comes; what came before is in the list. `gap`: more was decided than the feed carries; the list has it. `end`: the session is over, do not come back.
 */
export const decisionStreamEvents = {
  ready: z.object({}),
  decision,
  gap: z.object({ skippedAtLeast: z.int().min(1) }),
  end: z.object({ reason: z.enum(['session_ended', 'stopping']) }),
} as const

export type DecisionStreamEnd = z.output<(typeof decisionStreamEvents)['end']>

export const streamDecisions: ZodOpenApiOperationObject = {
  operationId: 'streamDecisions',
  tags: ['decisions'],
  summary: 'Watch decisions as they are recorded',
  description:
    'Server-sent events: `ready`, `decision` (a Decision; its id is the event’s), `gap`, `end`. Comments keep the connection open. `Last-Event-ID`, or the query lastEventId, resumes; a decision may then come twice. The stream ends when the session does.',
  requestParams: {
    query: z.object({
      [lastEventIdQuery]: z.string().max(64).optional().meta({ description: 'Id of the last decision that arrived.' }),
    }),
  },
  responses: {
    '200': { description: 'The stream.', content: { 'text/event-stream': { schema: z.string() } } },
    ...describeProblems(['unauthenticated', 'permission_denied', 'overloaded', 'internal_error']),
  },
}
