import type { z } from 'zod'
import type { Operation } from '@/lib/contract/operation'
import { operations, type OperationId, type Operations } from '@/lib/contract/operations'
import { signInPath } from '@/lib/domain/operator/return-path'
import { ApiProblem, readProblem, unreachable } from './api-problem'
import { buildApiPath, type GivenInput } from './build-api-path'

type Given<Definition extends Operation, Part extends 'params' | 'body'> =
  Definition extends Record<Part, infer Schema extends z.ZodType>
    ? { readonly [Name in Part]: z.input<Schema> }
    : object

type GivenQuery<Definition extends Operation> =
  Definition extends Record<'query', infer Schema extends z.ZodType>
    ? { readonly query?: QueryOf<Schema> | undefined }
    : object

/** In an address numbers and lists of one are text; the schema is the judge. What is undefined is left away. */
type QueryOf<Schema extends z.ZodType> = {
  readonly [Name in keyof z.input<Schema>]?: z.input<Schema>[Name] | undefined
}

export type ApiInput<Id extends OperationId> = Given<Operations[Id], 'params'> &
  GivenQuery<Operations[Id]> &
  Given<Operations[Id], 'body'>

export type ApiResult<Id extends OperationId> = z.output<Operations[Id]['response']['schema']>

/**
 * Calls an operation of the contract with the session's cookie. Throws `ApiProblem`; where the session is over, the
 * browser goes to the sign-in first, and comes back from there.
 */
export async function callApi<Id extends OperationId>(
  id: Id,
  input: ApiInput<Id>,
  options: { readonly signal?: AbortSignal } = {},
): Promise<ApiResult<Id>> {
  const operation: Operation = operations[id]
  const given: GivenInput = input
  const response = await fetch(buildApiPath(operation, given), {
    method: operation.method,
    credentials: 'same-origin',
    cache: 'no-store',
    // Whatever changes something says that it is JSON, also without a body: a form of another site cannot.
    headers: {
      accept: 'application/json',
      ...(operation.method !== 'GET' && { 'content-type': 'application/json' }),
    },
    ...(given.body !== undefined && { body: JSON.stringify(given.body) }),
    ...(options.signal && { signal: options.signal }),
  }).catch((error: unknown) => {
    if (options.signal?.aborted === true) throw error
    throw new ApiProblem(unreachable)
  })
  const body: unknown = await response.json().catch(() => null)
  // The server answers by the contract, which its own tests hold it to.
  if (response.ok && body !== null) return body as ApiResult<Id>
  const problem = readProblem(response.status, body, response.headers.get('x-request-id'))
  if (problem.code === 'unauthenticated') goToSignIn()
  throw new ApiProblem(problem)
}

/** Leaves for the sign-in, which leads back here. */
export function goToSignIn(): void {
  if (window.location.pathname.startsWith('/sign-in')) return
  window.location.assign(signInPath(window.location.pathname + window.location.search))
}
