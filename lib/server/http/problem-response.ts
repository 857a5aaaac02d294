import { problemType, type Problem } from '@/lib/contract/problem'
import { errorCodes } from '@/lib/domain/error-code'
import type { Refusal } from '@/lib/domain/refusal'

export interface DispatchedResponse {
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
}

const commonHeaders = { 'Cache-Control': 'no-store', 'X-Content-Type-Options': 'nosniff' }

/** A refusal as a problem document (RFC 9457). */
export function problemResponse(
  refusal: Refusal,
  requestId: string,
  headers: Readonly<Record<string, string>> = {},
): DispatchedResponse {
  const { status, title, advice } = errorCodes[refusal.code]
  const problem: Problem = {
    type: problemType(refusal.code),
    title,
    status,
    code: refusal.code,
    detail: refusal.detail.slice(0, 1024),
    advice,
    requestId,
    ...(refusal.fields && { fields: refusal.fields.map((field) => ({ ...field })) }),
  }
  return {
    status,
    headers: {
      ...commonHeaders,
      'Content-Type': 'application/problem+json',
      'X-Request-Id': requestId,
      // RFC 9110 §11.6.1: a 401 names its scheme.
      ...(status === 401 && { 'WWW-Authenticate': 'Bearer realm="countersign"' }),
      ...(refusal.retryAfterSeconds !== undefined && { 'Retry-After': String(Math.ceil(refusal.retryAfterSeconds)) }),
      ...headers,
    },
    body: JSON.stringify(problem),
  }
}

export function jsonResponse(status: number, value: unknown, requestId: string): DispatchedResponse {
  return {
    status,
    headers: { ...commonHeaders, 'Content-Type': 'application/json', 'X-Request-Id': requestId },
    body: JSON.stringify(value),
  }
}
