import { IncomingMessage, ServerResponse } from 'node:http'
import type { CountersignHonoMiddleware, CountersignOptions } from '.'
import { makeGuard, type Admission } from './guard'
import { receiveNodeRequest } from './guard-node'
import { receiveWebRequest, toResponse } from './guard-route'
import { rememberFacts } from './request-facts'
import { WebBody } from './web-body'

/** For Hono: with what came in raw on Node, else with what its Web request still says. */
export function makeHonoGuard(options: CountersignOptions): CountersignHonoMiddleware {
  const guard = makeGuard(options)
  return async (context, next) => {
    const node = nodeBelow(context.env)
    let admission: Admission
    if (node) {
      admission = await guard.admit(receiveNodeRequest(node.incoming, node.outgoing, guard))
    } else {
      const body = new WebBody(context.req.raw, guard.limits)
      admission = await guard.admit(receiveWebRequest(context.req.raw, body))
      context.req.raw = body.request
    }
    if (admission.outcome === 'denied') return toResponse(admission)
    rememberFacts(admission.facts, context)
    await next()
    return undefined
  }
}

/** `@hono/node-server` hands Node's own objects on as the environment. */
function nodeBelow(env: unknown): { incoming: IncomingMessage; outgoing: ServerResponse } | undefined {
  if (typeof env !== 'object' || env === null || !('incoming' in env) || !('outgoing' in env)) return undefined
  const { incoming, outgoing } = env as { readonly incoming: unknown; readonly outgoing: unknown }
  if (!(incoming instanceof IncomingMessage && outgoing instanceof ServerResponse)) return undefined
  return { incoming, outgoing: outgoing as ServerResponse }
}
