import type { CountersignFastifyHook, CountersignOptions } from '.'
import { makeGuard } from './guard'
import { receiveNodeRequest } from './guard-node'
import { rememberFacts } from './request-facts'

/** For Fastify: before it parses the body. */
export function makeFastifyGuard(options: CountersignOptions): CountersignFastifyHook {
  const guard = makeGuard(options)
  return async (request, reply) => {
    const admission = await guard.admit(receiveNodeRequest(request.raw, reply.raw, guard))
    if (admission.outcome === 'admitted') {
      rememberFacts(admission.facts, request, request.raw)
      return undefined
    }
    reply.code(admission.status)
    reply.headers(admission.headers)
    // Of a string Fastify would say its character set, which this type does not have.
    reply.send(Buffer.from(admission.body))
    // What a hook returns ends the request's way here.
    return reply
  }
}
