import NextAuth from 'next-auth'
import type { NextRequest } from 'next/server'
import { formatId } from '@/lib/domain/ids'
import { refuse } from '@/lib/domain/refusal'
import type { Dependencies } from '../dependencies'
import { problemResponse } from '../http/problem-response'
import { newUuid } from '../new-uuid'
import { checkSameOrigin } from './check-same-origin'
import { nextAuthOptions } from './next-auth-options'
import { factsOfWebRequest } from './request-facts'

/** What of next-auth is reachable. Its pages, its log endpoint and its other ways in are not. */
const served = new Set(['GET csrf', 'GET session', 'POST callback/ticket', 'POST signout'])

/**
 * next-auth's own routes: the token against forged forms, the session's cookie, the ticket that becomes a session, and
 * the end of it. The `Origin` is looked at first, as for every call that a cookie authenticates.
 */
export async function answerNextAuth(
  deps: Dependencies,
  request: NextRequest,
  context: { readonly params: Promise<{ readonly nextauth: readonly string[] }> },
): Promise<Response> {
  const { nextauth } = await context.params
  const facts = factsOfWebRequest(request)
  const refusal = served.has(`${request.method} ${nextauth.join('/')}`)
    ? checkSameOrigin(deps, facts)
    : refuse('not_found', 'There is nothing at this path.')
  if (refusal.outcome === 'refused') {
    const { status, headers, body } = problemResponse(refusal, formatId('req', newUuid()))
    return new Response(body, { status, headers })
  }
  // next-auth is typed for both of Next's routers; with a context of params it answers a Response.
  const handle = NextAuth as unknown as (
    request: NextRequest,
    context: object,
    options: ReturnType<typeof nextAuthOptions>,
  ) => Promise<Response>
  const response = await handle(request, context, nextAuthOptions(deps, facts))
  response.headers.set('Cache-Control', 'no-store')
  return response
}
