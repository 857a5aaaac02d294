import { operations, type OperationId } from '@/lib/contract/operations'
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

export interface ApiAnswer {
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  // What an answer holds is what the test is about; the schemas of the contract have checked it.
  // eslint-disable-next-line @typescript-eslint/no-explicit-any
  readonly body: any
  readonly text: string
}

/** Calls operations through the dispatcher, and holds every answer to the contract: its schema, its status, its codes. */
export function apiOf(opened: OpenedForTest) {
  return async function call(id: OperationId, input: ApiCall = {}): Promise<ApiAnswer> {
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
    const body: unknown = JSON.parse(answer.body)
    if (answer.status < 300) {
      if (answer.status !== operation.response.status) throw new Error(`${id} answered ${answer.status}`)
      operation.response.schema.parse(body)
    } else {
      problem.parse(body)
    }
    return { status: answer.status, headers: answer.headers, body, text: answer.body }
  }
}

export type CallApi = ReturnType<typeof apiOf>

/** An API token of a role, made through the API itself. */
export async function tokenOf(call: CallApi, role: OperatorRole): Promise<string> {
  const answer = await call('createApiToken', { body: { name: `${role} for a test`, role } })
  return String(answer.body.token)
}

export function codeOf(answer: ApiAnswer): Problem['code'] | number {
  return answer.status < 300 ? answer.status : (answer.body as Problem).code
}
