import { decisionStreamPermission, lastEventIdQuery } from '@/lib/contract/live'
import { formatId } from '@/lib/domain/ids'
import { refuse } from '@/lib/domain/refusal'
import { requirePrincipal } from '@/lib/server/auth/require-principal'
import { openDecisionStream } from '@/lib/server/decision/stream-response'
import { dependencies } from '@/lib/server/dependencies'
import { problemResponse } from '@/lib/server/http/problem-response'
import { newUuid } from '@/lib/server/new-uuid'

export const dynamic = 'force-dynamic'
export const runtime = 'nodejs'

export async function GET(request: Request): Promise<Response> {
  const deps = dependencies()
  const authenticate = () => requirePrincipal(deps, request, decisionStreamPermission)
  const caller = await authenticate()
  if (caller.outcome === 'answered') return caller.response
  const stream = openDecisionStream(deps, {
    lastEventId: request.headers.get('last-event-id') ?? new URL(request.url).searchParams.get(lastEventIdQuery),
    isStillAllowed: async () => (await authenticate()).outcome === 'authenticated',
    signal: request.signal,
  })
  if (stream === null) {
    const { status, headers, body } = problemResponse(
      refuse('overloaded', 'Too many watch decisions already.'),
      formatId('req', newUuid()),
    )
    return new Response(body, { status, headers })
  }
  return new Response(stream, {
    headers: {
      'Content-Type': 'text/event-stream; charset=utf-8',
      // Without no-transform Next.js compresses, and compression waits for more.
      'Cache-Control': 'no-store, no-transform',
      'X-Content-Type-Options': 'nosniff',
      'X-Accel-Buffering': 'no',
    },
  })
}
