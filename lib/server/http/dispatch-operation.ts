import { operations, type OperationId } from '@/lib/contract/operations'
import type { Operation } from '@/lib/contract/operation'
import { roleMay } from '@/lib/contract/permissions'
import { formatId } from '@/lib/domain/ids'
import type { Principal } from '@/lib/domain/operator/principal'
import { refuse, type Outcome } from '@/lib/domain/refusal'
import { authenticateCaller } from '../auth/authenticate-caller'
import { findClientAddress } from '../auth/find-client-address'
import { headerLines } from '../auth/request-facts'
import type { Dependencies } from '../dependencies'
import { newUuid } from '../new-uuid'
import { describeError } from './describe-error'
import { findOperation, type FindOperationResult } from './find-operation'
import { operationHandlers, type OperationCall } from './operation-handlers'
import { parseOperationInput } from './parse-operation-input'
import { jsonResponse, problemResponse, type DispatchedResponse } from './problem-response'

/** A call of the management API, free of any framework. */
export interface OperationRequest {
  readonly method: string
  /** Raw, without the query: `/api/v1/machines`. */
  readonly path: string
  /** Without the question mark. */
  readonly query: string
  readonly headers: readonly (readonly [name: string, value: string])[]
  /** At most one byte more than `maxBodyBytes`: that it is too long is all that has to be seen. */
  readonly body: Uint8Array
  readonly peerAddress: string | null
  /** Of a caller in this process who was authenticated already. Only ever set by our own code, never from a header. */
  readonly principal?: Principal
}

/**
 * Answers one call of the management API: finds the operation, authenticates the caller, asks the table of permissions,
 * parses the input by the contract, runs the use case. Never throws: what nobody expected is logged and answered as
 * `internal_error`.
 */
export async function dispatchOperation(deps: Dependencies, request: OperationRequest): Promise<DispatchedResponse> {
  const requestId = formatId('req', newUuid())
  const startedAt = performance.now()
  const found = findOperation(request.method, request.path)
  const response = await answer(deps, request, found, requestId)
  const { method, peerAddress } = request
  const operation = found.outcome === 'found' ? found.id : 'none'
  deps.tally.operation(operation, response.status)
  deps.tracing?.record({
    name: `api.${operation}`,
    startedMs: startedAt,
    attributes: { 'http.response.status_code': response.status, 'countersign.request_id': requestId },
    traceparent: headerLines(request, 'traceparent')[0],
    isFailure: response.status >= 500,
  })
  // Neither path nor headers: both can hold what a caller mistook for the place of a secret.
  const entry = {
    requestId,
    method,
    operation,
    status: response.status,
    peerAddress,
    ms: Math.round(performance.now() - startedAt),
  }
  deps.log.debug(entry, 'An operation was answered')
  return request.method === 'HEAD' ? { ...response, body: '' } : response
}

async function answer(
  deps: Dependencies,
  request: OperationRequest,
  found: FindOperationResult,
  requestId: string,
): Promise<DispatchedResponse> {
  if (found.outcome === 'no_such_path') {
    return problemResponse(refuse('not_found', 'The API has no such path.'), requestId)
  }
  if (found.outcome === 'no_such_method') {
    const allowed = found.allowed.join(', ')
    return problemResponse(refuse('method_not_allowed', `This path takes ${allowed}.`), requestId, { Allow: allowed })
  }
  const operation: Operation = operations[found.id]
  try {
    const principal = operation.permission === 'public' ? null : await findPrincipal(deps, request)
    if (principal?.outcome === 'refused') return problemResponse(principal, requestId)
    if (principal !== null && !roleMay(principal.principal.role, operation.permission)) {
      const detail = `${found.id} needs the permission ${operation.permission}; the role ${principal.principal.role} does not have it.`
      return problemResponse(refuse('permission_denied', detail), requestId)
    }
    const parsed = parseOperationInput(operation, {
      params: found.params,
      query: request.query,
      body: request.body,
      contentType: headerLines(request, 'content-type')[0],
    })
    if (parsed.outcome === 'refused') return problemResponse(parsed, requestId)
    const context = principal && {
      principal: principal.principal,
      requestId,
      address: findClientAddress(deps.settings, request),
    }
    const outcome = await run(found.id, { deps, context, ...parsed.input })
    return outcome.outcome === 'refused'
      ? problemResponse(outcome, requestId)
      : jsonResponse(operation.response.status, outcome.value, requestId)
  } catch (error) {
    deps.log.error({ requestId, operation: found.id, error: describeError(error) }, 'An operation failed unexpectedly')
    return problemResponse(refuse('internal_error', 'The log has the cause under this requestId.'), requestId)
  }
}

async function findPrincipal(deps: Dependencies, request: OperationRequest) {
  if (request.principal !== undefined) return { outcome: 'authenticated', principal: request.principal } as const
  return authenticateCaller(deps, request)
}

/**
 * The one place where the exact types of the contract are left: an operation's own schemas have just made the input, and
 * its permission has decided whether there is a context.
 */
async function run(id: OperationId, call: object): Promise<Outcome<unknown>> {
  const handler = operationHandlers[id] as (
    call: OperationCall<OperationId>,
  ) => Outcome<unknown> | Promise<Outcome<unknown>>
  return handler(call as OperationCall<OperationId>)
}
