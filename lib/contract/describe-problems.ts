import { errorCodes, type ErrorCode } from '@/lib/domain/error-code'
import { problem } from './problem'

/** The responses of these codes in OpenAPI: one a status, which names its codes. */
export function describeProblems(codes: readonly ErrorCode[]) {
  const byStatus = new Map<number, ErrorCode[]>()
  for (const code of codes) {
    const { status } = errorCodes[code]
    byStatus.set(status, [...(byStatus.get(status) ?? []), code])
  }
  const entries = [...byStatus].sort(([a], [b]) => a - b)
  return Object.fromEntries(
    entries.map(([status, listed]) => [
      String(status),
      { description: listed.join(', '), content: { 'application/problem+json': { schema: problem } } },
    ]),
  )
}
