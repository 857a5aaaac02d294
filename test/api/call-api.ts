import type { z } from 'zod'
import { operations, type OperationId, type Operations } from '@/lib/contract/operations'
import type { Operation } from '@/lib/contract/operation'
import { problem, type Problem } from '@/lib/contract/problem'
import type { OperatorRole } from '@/lib/domain/operator/operator-role'
import { dispatchOperation } from '@/lib/server/http/dispatch-operation'
import type { OpenedForTest } from '../setup/open-test-dependencies'

export interface ApiCall {
  readonly params?: Record<string, string>
  readonly query?: string
  readonly body?: unknown
  /** Null: no Authorization header. Left away: the local administrator's. */
  readonly token?: string | null
  /** Instead of `body`. */
  readonly rawBody?: string | Uint8Array
  readonly contentType?: string | null
}

/** The answer of the operation, or the members of a problem document; `codeOf` tells which. */
export type ApiBody<Id extends OperationId> = z.output<Operations[Id]['response']['schema']> &
  Pick<Problem, 'detail' | 'fields'>

export interface ApiAnswer<Id extends OperationId> {
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  readonly body: ApiBody<Id>
  readonly text: string
  /** Of a refusal. */
  readonly problem: Problem | null
}

/** Calls operations through the dispatcher, and holds every answer to the contract: its schema, its status, its codes. */
export function apiOf(opened: OpenedForTest) {
  return async function call<Id extends OperationId>(id: Id, input: ApiCall = {}): Promise<ApiAnswer<Id>> {
    const operation: Operation = operations[id]
    const token = input.token === undefined ? opened.localAdministratorToken : input.token
    const rawBody = input.rawBody ?? (input.body === undefined ? '' : JSON.stringify(input.body))
    const bytes = typeof rawBody === 'string' ? Buffer.from(rawBody) : rawBody
    const contentType = input.contentType === undefined ? 'application/json' : input.contentType
    const answer = await dispatchOperation(opened.dependencies, {
      method: operation.method,
      path: `/api/v1${operation.path.replace(/\{(\w+)\}/g, (_, name: string) => input.params?.[name] ?? 'missing')}`,
      query: input.query ?? '',
      headers: [
        ...(token === null ? [] : [['Authorization', `Bearer ${token}`] as const]),
        ...(bytes.byteLength > 0 && contentType !== null ? [['Content-Type', contentType] as const] : []),
      ],
      body: bytes,
      peerAddress: '127.0.0.1',
    })
    const parsed: unknown = JSON.parse(answer.body)
    const isRefusal = answer.status >= 300
    if (!isRefusal && answer.status !== operation.response.status) throw new Error(`${id} answered ${answer.status}`)
    if (!isRefusal) operation.response.schema.parse(parsed)
    return {
      status: answer.status,
      headers: answer.headers,
      // Checked a line above, or a problem document, which the test finds out by its code.
      body: parsed as ApiBody<Id>,
      text: answer.body,
      problem: isRefusal ? problem.parse(parsed) : null,
    }
  }
}

export type CallApi = ReturnType<typeof apiOf>

/** An API token of a role, made through the API itself. */
export async function tokenOf(call: CallApi, role: OperatorRole): Promise<string> {
  const answer = await call('createApiToken', { body: { name: `${role} for a test`, role } })
  return answer.body.token
}

/** The status of an answer, or the code of a refusal. */
export function codeOf(answer: {
  readonly status: number
  readonly problem: Problem | null
}): Problem['code'] | number {
  return answer.problem?.code ?? answer.status
}
