import { z } from 'zod'
import { sessionEndReasons, sessionSecondFactors, sessionStates } from '@/lib/domain/operator/operator-session'
import { idOf, instant, pageOf, pageQuery } from './common'
import { defineOperation } from './operation'
import { operatorId } from './operators'

export const sessionId = idOf('ses', 'a session')

export const session = z
  .object({
    id: sessionId,
    operator: z.object({ id: operatorId, email: z.string().max(254), name: z.string().max(128) }),
    state: z.enum(sessionStates),
    isCurrent: z.boolean().meta({ description: 'Whether this call came with it.' }),
    secondFactor: z.enum(sessionSecondFactors),
    address: z.string().max(64).nullable(),
    userAgent: z.string().max(256).nullable().meta({ description: 'As the browser named itself: hostile text.' }),
    createdAt: instant,
    lastSeenAt: instant,
    expiresAt: instant,
    endedAt: instant.nullable(),
    endReason: z.enum(sessionEndReasons).nullable(),
  })
  .meta({ id: 'Session' })

export type Session = z.output<typeof session>

export const listSessions = defineOperation({
  operationId: 'listSessions',
  method: 'GET',
  path: '/sessions',
  permission: 'sessions.read',
  summary: 'List sessions, newest first',
  description: 'Operators see their own; administrators see everybody’s.',
  query: z.strictObject({
    operator: operatorId.optional(),
    state: z.enum(sessionStates).optional(),
    ...pageQuery,
  }),
  response: { status: 200, description: 'A page of sessions.', schema: pageOf(session, 'SessionPage') },
  errors: [],
})

export const endSession = defineOperation({
  operationId: 'endSession',
  method: 'POST',
  path: '/sessions/{session}/end',
  permission: 'sessions.end',
  summary: 'End a session',
  description: 'The next call with it is refused. Operators end their own; administrators end anybody’s.',
  params: z.strictObject({ session: sessionId }),
  body: z.strictObject({}),
  response: { status: 200, description: 'The session as it is now.', schema: session },
  errors: ['conflict'],
})

export const endOtherSessions = defineOperation({
  operationId: 'endOtherSessions',
  method: 'POST',
  path: '/self/sessions/end-others',
  permission: 'sessions.end',
  summary: 'End all of one’s own sessions but this one',
  description: 'For sessions only. The next call with any of the others is refused.',
  body: z.strictObject({}),
  response: {
    status: 200,
    description: 'How many were ended, those among them that nobody had used for too long.',
    schema: z.object({ sessionsEnded: z.int() }).meta({ id: 'EndedSessions' }),
  },
  errors: [],
})
