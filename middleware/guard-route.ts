import type { CountersignOptions, CountersignRoute } from '.'
import type { Denial } from './denial'
import { makeGuard } from './guard'
import type { ReceivedBody, ReceivedRequest } from './incoming-request'
import { rememberFacts } from './request-facts'
import { WebBody } from './web-body'

/** For handlers of Web requests. */
export function makeRouteGuard(options: CountersignOptions): CountersignRoute {
  const guard = makeGuard(options)
  return <Received extends Request, Context>(
      handler: (request: Received, context: Context) => Response | Promise<Response>,
    ) =>
    async (request: Received, context: Context): Promise<Response> => {
      const body = new WebBody(request, guard.limits)
      const admission = await guard.admit(receiveWebRequest(request, body))
      if (admission.outcome === 'denied') return toResponse(admission)
      rememberFacts(admission.facts, body.request)
      // Another one than was received only with streamed bodies, where the declarations say so.
      return handler(body.request as Received, context)
    }
}

/**
 * What a Web request still says of what was on the wire: the URL as the WHATWG parser wrote it, and header lines merged.
 * That is also all that its handler sees, so what is compared and what is acted upon are the same.
 */
export function receiveWebRequest(request: Request, body: ReceivedBody): ReceivedRequest {
  return {
    method: request.method,
    // Behind scheme and authority, as it stands in the URL.
    target: /^[a-z]+:\/\/[^/?#]*(\/[^#]*)/.exec(request.url)?.[1] ?? '',
    fields: [...request.headers],
    sourceAddress: undefined,
    body,
  }
}

export function toResponse({ status, headers, body }: Denial): Response {
  return new Response(body, { status, headers })
}
