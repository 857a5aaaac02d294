/** The API as data: what `docs/openapi.json`, the dispatcher, the command line and the console are all made from. */
import type { z } from 'zod'
import type { ErrorCode } from '@/lib/domain/error-code'
import type { Permission } from './permissions'

export interface OperationResponse {
  readonly status: 200 | 201
  readonly description: string
  readonly schema: z.ZodType
}

/** One operation of the management API. Paths are below `/api/v1`; `{name}` stands for one segment. */
export interface Operation {
  readonly operationId: string
  readonly method: 'GET' | 'POST' | 'PATCH' | 'PUT' | 'DELETE'
  readonly path: `/${string}`
  readonly permission: Permission
  readonly summary: string
  readonly description?: string
  readonly params?: z.ZodObject
  readonly query?: z.ZodObject
  readonly body?: z.ZodObject
  readonly response: OperationResponse
  /** Beside those that every operation can answer (`errorsOf`). */
  readonly errors: readonly ErrorCode[]
}

/** Checks an operation's shape and keeps its exact type. */
export function defineOperation<const Definition extends Operation>(operation: Definition): Definition {
  return operation
}

/** What a handler gets: parsed, bounded, without unknown fields. */
export interface OperationInput<Definition extends Operation> {
  readonly params: Parsed<Definition, 'params'>
  readonly query: Parsed<Definition, 'query'>
  readonly body: Parsed<Definition, 'body'>
}

type Parsed<Definition extends Operation, Part extends 'params' | 'query' | 'body'> =
  Definition extends Record<Part, infer Schema extends z.ZodType> ? z.output<Schema> : Record<string, never>

export type OperationResult<Definition extends Operation> = z.input<Definition['response']['schema']>

/** Every code that an operation can answer with, in the order of its statuses. */
export function errorsOf(operation: Operation): ErrorCode[] {
  const isPublic = operation.permission === 'public'
  const takesInput = Boolean(operation.params ?? operation.query ?? operation.body)
  const codes: ErrorCode[] = [
    ...(takesInput ? (['request_malformed'] as const) : []),
    ...(isPublic ? [] : (['unauthenticated', 'permission_denied', 'origin_refused'] as const)),
    ...(operation.params ? (['not_found'] as const) : []),
    ...(operation.body ? (['request_too_large'] as const) : []),
    ...operation.errors,
    'internal_error',
  ]
  return [...new Set(codes)]
}
