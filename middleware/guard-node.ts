import type { IncomingMessage, ServerResponse } from 'node:http'
import { pairFields } from '@/lib/protocol'
import type { CountersignMiddleware, CountersignOptions } from '.'
import type { Denial } from './denial'
import { makeGuard, type Guard } from './guard'
import type { ReceivedRequest } from './incoming-request'
import { NodeBody } from './node-body'
import { rememberFacts } from './request-facts'

/** For `node:http` and Express. */
export function makeNodeGuard(options: CountersignOptions): CountersignMiddleware {
  const guard = makeGuard(options)
  return (request, response, next) => {
    guard
      .admit(receiveNodeRequest(request, response, guard))
      .then((admission) => {
        if (admission.outcome === 'denied') return sendDenial(response, admission)
        rememberFacts(admission.facts, request)
        next()
      })
      // What `next` throws is the service's own: it must end as an uncaught exception, as it would without us.
      .catch((error: unknown) => process.nextTick(() => rethrow(error)))
  }
}

/** Node's own request, as raw as it came; also below Fastify, and below Hono on Node. */
export function receiveNodeRequest(request: IncomingMessage, response: ServerResponse, guard: Guard): ReceivedRequest {
  return {
    method: request.method ?? '',
    target: rawTarget(request),
    fields: pairFields(request.rawHeaders),
    sourceAddress: request.socket.remoteAddress,
    body: new NodeBody(request, response, guard.limits),
  }
}

/** Routers rewrite `url` (mounted ones of Express, `rewriteUrl` of Fastify) and keep what came as `originalUrl`. */
function rawTarget(request: IncomingMessage & { readonly originalUrl?: unknown }): string {
  return typeof request.originalUrl === 'string' ? request.originalUrl : (request.url ?? '')
}

function sendDenial(response: ServerResponse, { status, headers, body }: Denial): void {
  if (response.headersSent || response.destroyed) {
    response.destroy()
    return
  }
  response.writeHead(status, { ...headers, 'Content-Length': body.length })
  response.end(body)
}

function rethrow(error: unknown): never {
  throw error
}
