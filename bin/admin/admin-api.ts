import type { z } from 'zod'
import type { Operation } from '@/lib/contract/operation'
import { operations, type OperationId, type Operations } from '@/lib/contract/operations'
import { problem } from '@/lib/contract/problem'
import { AdminError, exitCodes, unreachable } from './admin-error'

type Given<Definition, Part extends 'params' | 'body'> =
  Definition extends Record<Part, infer Schema extends z.ZodType> ? { readonly [P in Part]: z.input<Schema> } : object

export type CallInput<Id extends OperationId> = Given<Operations[Id], 'params'> &
  Given<Operations[Id], 'body'> & {
    /** Lists repeat their name; what is undefined is left away. */
    readonly query?: Readonly<Record<string, string | readonly string[] | undefined>>
  }

export type CallResult<Id extends OperationId> = z.output<Operations[Id]['response']['schema']>

/** What carries a call: the running server over HTTP, or the dispatcher in this process. */
export interface Transport {
  send(request: {
    readonly method: string
    /** With the query: `/api/v1/machines?limit=50`. */
    readonly target: string
    readonly body: string | undefined
  }): Promise<{ readonly status: number; readonly body: string }>
  close(): Promise<void>
}

export interface AdminApi {
  call<Id extends OperationId>(id: Id, input: CallInput<Id>): Promise<CallResult<Id>>
  close(): Promise<void>
}

/** The operations of the contract over a transport. A refusal is thrown with the problem that the API answered. */
export function createAdminApi(transport: Transport): AdminApi {
  return {
    async call(id, input) {
      const operation: Operation = operations[id]
      const { params, query, body } = input as {
        params?: Record<string, string>
        query?: CallInput<OperationId>['query']
        body?: unknown
      }
      const response = await transport.send({
        method: operation.method,
        target: `/api/v1${fillPath(operation.path, params ?? {})}${formatQuery(query ?? {})}`,
        body: body === undefined ? undefined : JSON.stringify(body),
      })
      const answer = readJson(response.body)
      if (response.status === operation.response.status) {
        const parsed = operation.response.schema.safeParse(answer)
        // The operation's own schema has just checked it.
        if (parsed.success) return parsed.data as CallResult<typeof id>
        throw unreachable(
          'The server answered in a form that this command does not know. Use the command of the same version.',
        )
      }
      const refusal = problem.safeParse(answer)
      if (refusal.success) throw new AdminError(exitCodes.refused, refusal.data.title, refusal.data)
      throw unreachable(`The server answered ${response.status}, which is no answer of Countersign. Check the URL.`)
    },
    close: () => transport.close(),
  }
}

function fillPath(path: string, params: Record<string, string>): string {
  return path.replace(/\{(\w+)\}/g, (_, name: string) => encodeURIComponent(params[name] ?? ''))
}

function formatQuery(query: NonNullable<CallInput<OperationId>['query']>): string {
  const search = new URLSearchParams()
  for (const [name, value] of Object.entries(query)) {
    if (typeof value === 'string') search.append(name, value)
    else for (const item of value ?? []) search.append(name, item)
  }
  const text = search.toString()
  return text === '' ? '' : `?${text}`
}

function readJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
