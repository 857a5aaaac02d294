import type { HttpField } from '@/lib/protocol'
import { adviceFor, refused, UnreachableError } from '../agent-error'
import { escapeUntrusted } from '../escape-untrusted'
import { parseRequestUrl } from '../http/parse-request-url'
import { readBody, SendError, sendRequest } from '@/lib/platform/send-request'
import { isRecord } from '../store/machine-state'

const TIMEOUT_MS = 10_000
const MAX_ANSWER_BYTES = 1024 * 1024

export interface ServerCall {
  readonly serverUrl: string
  readonly method: 'GET' | 'POST'
  readonly path: string
  readonly headers: readonly HttpField[]
  readonly body?: Uint8Array
  /** What the call is for, as it stands in messages: "the renewal". */
  readonly purpose: string
  readonly signal?: AbortSignal | undefined
}

/**
 * Calls the verification service and returns the JSON object of a 200 or 201.
 *
 * A refusal of the service is thrown with its code and words; no answer, an overload or a fault of the service is an
 * {@link UnreachableError}: try again.
 */
export async function callServer(call: ServerCall): Promise<Record<string, unknown>> {
  const url = parseRequestUrl(`${call.serverUrl}${call.path}`)
  const body = call.body
  let status: number
  let text: string
  try {
    const response = await sendRequest({
      ...url,
      method: call.method,
      headers: [
        ['Host', url.authority],
        ['Accept', 'application/json, application/problem+json'],
        ...(body === undefined
          ? []
          : ([
              ['Content-Type', 'application/json'],
              ['Content-Length', String(body.length)],
            ] as const)),
        ...call.headers,
      ],
      ...(body === undefined ? {} : { body }),
      timeoutMs: TIMEOUT_MS,
      signal: call.signal,
    })
    status = response.statusCode ?? 0
    text = (await readBody(response, MAX_ANSWER_BYTES, TIMEOUT_MS)).toString('utf8')
  } catch (error) {
    const reason = error instanceof Error ? error.message : 'unknown error'
    throw new UnreachableError(
      `Could not reach the verification service at ${call.serverUrl} for ${call.purpose}: ${escapeUntrusted(reason)}.`,
      'Check that it runs and that this machine can reach it, then try again.',
      error instanceof SendError ? error.mayHaveArrived : true,
    )
  }
  const answer = parseJsonObject(text)
  if ((status === 200 || status === 201) && answer !== undefined) return answer
  throw describeRefusal(call, status, answer)
}

function describeRefusal(call: ServerCall, status: number, problem: Record<string, unknown> | undefined): Error {
  const code = problem?.['code']
  if (status >= 500 || status === 429) {
    const named = typeof code === 'string' ? ` (${escapeUntrusted(code, 100)})` : ''
    return new UnreachableError(
      `The verification service at ${call.serverUrl} cannot answer ${call.purpose} now: status ${status}${named}.`,
      'Try again in a moment. If it stays so, its operators see why in /readyz and in its log.',
    )
  }
  if (problem === undefined || typeof code !== 'string' || !/^[a-z_]{1,64}$/.test(code)) {
    return refused(
      'unexpected_answer',
      `${call.serverUrl} answered ${call.purpose} with status ${status} and not as a verification service does.`,
      'Check the address: it is the URL of Countersign itself, without a path, and redirects are not followed.',
    )
  }
  const words = [problem['title'], problem['detail']].filter((part) => typeof part === 'string').join(' ')
  const requestId = problem['requestId']
  const reference = typeof requestId === 'string' ? ` (request ${escapeUntrusted(requestId, 100)})` : ''
  const advice = problem['advice']
  return refused(
    code,
    `The verification service refused ${call.purpose}: ${escapeUntrusted(words, 500)}${reference}`,
    adviceFor(code) ?? (typeof advice === 'string' ? escapeUntrusted(advice, 500) : undefined),
  )
}

function parseJsonObject(text: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(text)
    return isRecord(value) ? value : undefined
  } catch {
    return undefined
  }
}
