import { problemType } from '@/lib/contract/problem'
import { errorCodes, type ErrorCode } from '@/lib/domain/error-code'
import { formatId } from '@/lib/domain/ids'
import { refuse, type Refusal } from '@/lib/domain/refusal'
import { newUuid } from '../new-uuid'
import { enrollMachine } from './enroll-machine'
import { isTransactionTimeout } from './enrollment-store'
import { listMachineServices } from './list-machine-services'
import type {
  MachineAnswer,
  MachineRequest,
  MachineRequestDependencies,
  NumberedMachineRequest,
} from './machine-request'
import { offerEnrollment } from './offer-enrollment'
import { renewMachine } from './renew-machine'

const maxBodyBytes = 64 * 1024
const retryAfterSeconds = 10

const machinePath = /^\/api\/v1\/machines\/([^/]+)\/(renewals|service-list)$/

type Result = {
  readonly outcome: 'done'
  readonly status: number
  readonly body: object
  readonly maxAgeSeconds?: number
}

/** What is asked, as metrics and traces name it. */
type MachineMessageKind = 'parameters' | 'key_set' | 'enrollment' | 'renewal' | 'service_list'

interface Endpoint {
  readonly kind: MachineMessageKind
  readonly method: 'GET' | 'POST'
  run(dependencies: MachineRequestDependencies, request: NumberedMachineRequest): Promise<Result | Refusal>
}

/**
 * Answers the requests of machines about themselves, and the deployment's key set (docs/machine-messages.md).
 * Null when the path is none of these. Never throws: what goes wrong is logged and answered as `internal_error`.
 */
export async function handleMachineRequest(
  dependencies: MachineRequestDependencies,
  request: MachineRequest,
): Promise<MachineAnswer | null> {
  const endpoint = findEndpoint(request.path)
  if (!endpoint) return null
  const requestId = formatId('req', newUuid())
  if (request.method !== endpoint.method) {
    const refusal = refuse('method_not_allowed', `This path takes ${endpoint.method}.`)
    return problemAnswer(refusal, requestId, { allow: endpoint.method })
  }
  if (request.body.length > maxBodyBytes) {
    return problemAnswer(refuse('request_too_large', 'A message of a machine has at most 64 KiB.'), requestId)
  }
  const startedMs = performance.now()
  const note = (outcome: 'done' | ErrorCode) => {
    dependencies.tally.machineMessage(endpoint.kind, outcome)
    dependencies.tracing?.record({
      name: `machine.${endpoint.kind}`,
      startedMs,
      attributes: { 'countersign.outcome': outcome, 'countersign.request_id': requestId },
      traceparent: request.headers.find(([name]) => name.toLowerCase() === 'traceparent')?.[1],
      isFailure: outcome === 'internal_error' || outcome === 'overloaded',
    })
  }
  try {
    const result = await endpoint.run(dependencies, { ...request, requestId })
    note(result.outcome === 'refused' ? result.code : 'done')
    return result.outcome === 'refused' ? problemAnswer(result, requestId) : jsonAnswer(result)
  } catch (error) {
    const isOverload = isTransactionTimeout(error)
    note(isOverload ? 'overloaded' : 'internal_error')
    if (isOverload) {
      return problemAnswer(refuse('overloaded', 'The database has too much to do. Try again later.'), requestId)
    }
    dependencies.log.error({ requestId, err: error }, 'a machine request failed')
    return problemAnswer(refuse('internal_error', 'The server log has more under this requestId.'), requestId)
  }
}

/** Whether `handleMachineRequest` answers this request-target; asked before its body is read. */
export function isMachineRequestTarget(target: string): boolean {
  return findEndpoint(target) !== null
}

function findEndpoint(target: string): Endpoint | null {
  // A query stays with the path: nothing covers it, and the reader of the message refuses it.
  const [path = ''] = target.split('?', 1)
  switch (path) {
    case '/api/v1/enrollments/parameters':
      return {
        kind: 'parameters',
        method: 'GET',
        run: async (dependencies) => ok(200, await offerEnrollment(dependencies)),
      }
    case '/.well-known/jwks.json':
      return {
        kind: 'key_set',
        method: 'GET',
        run: ({ keys }) => Promise.resolve({ ...ok(200, keySet(keys)), maxAgeSeconds: 60 }),
      }
    case '/api/v1/enrollments':
      return {
        kind: 'enrollment',
        method: 'POST',
        async run(dependencies, request) {
          const result = await enrollMachine(dependencies, request)
          return result.outcome === 'refused' ? result : ok(result.status, { answer: result.answer })
        },
      }
  }
  const [, machineId, noun] = machinePath.exec(path) ?? []
  if (machineId === undefined) return null
  const run = noun === 'renewals' ? renewMachine : listMachineServices
  return {
    kind: noun === 'renewals' ? 'renewal' : 'service_list',
    method: 'POST',
    async run(dependencies, request) {
      const result = await run(dependencies, request, machineId)
      return result.outcome === 'refused' ? result : ok(200, { answer: result.answer })
    },
  }
}

function ok(status: number, body: object): Result {
  return { outcome: 'done', status, body }
}

/** RFC 7517, section 5: what backends verify assertions with. */
function keySet(keys: MachineRequestDependencies['keys']): object {
  return { keys: keys.assertionPublicKeys().map((key) => ({ ...key, use: 'sig', alg: 'ES256' })) }
}

function jsonAnswer({ status, body, maxAgeSeconds }: Result): MachineAnswer {
  return {
    status,
    headers: {
      'content-type': 'application/json',
      'cache-control': maxAgeSeconds === undefined ? 'no-store' : `public, max-age=${maxAgeSeconds}`,
    },
    body: JSON.stringify(body),
  }
}

/** RFC 9457. */
function problemAnswer(
  refusal: Refusal,
  requestId: string,
  headers: Readonly<Record<string, string>> = {},
): MachineAnswer {
  const { status, title } = errorCodes[refusal.code]
  return {
    status,
    headers: {
      'content-type': 'application/problem+json',
      'cache-control': 'no-store',
      // RFC 9110, section 11.6.1, MUST.
      ...(status === 401 && { 'www-authenticate': 'Countersign' }),
      ...(status === 503 && { 'retry-after': String(retryAfterSeconds) }),
      ...headers,
    },
    body: JSON.stringify({
      type: problemType(refusal.code),
      title,
      status,
      code: refusal.code,
      detail: refusal.detail,
      requestId,
    }),
  }
}
