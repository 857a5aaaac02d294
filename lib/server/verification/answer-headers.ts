import type { Problem } from '@/lib/contract/problem'
import { formatId } from '@/lib/domain/ids'
import { toProblemLine } from './http-problem'
import type { AllowedAnswer } from './verification-types'

/** What an allow tells the gateway, and through it the backend. */
export function toAllowedHeaders(answer: AllowedAnswer): Record<string, string> {
  return {
    'Countersign-Decision': formatId('dec', answer.decisionId),
    ...(answer.machine && { 'Countersign-Machine': answer.machine.id }),
    ...(answer.assertion && { 'Countersign-Assertion': answer.assertion.token }),
  }
}

/** What a denial says beside its body, which repeats the document. */
export function toDeniedHeaders(problem: Problem, acceptSignature?: string): Record<string, string> {
  return {
    'Cache-Control': 'no-store',
    'Content-Type': 'application/problem+json',
    'Countersign-Problem': toProblemLine(problem),
    ...(problem.status === 401 && { 'WWW-Authenticate': 'Countersign' }),
    ...(acceptSignature && { 'Accept-Signature': acceptSignature }),
  }
}
