import { problemType, type Problem } from '@/lib/contract/problem'
import { errorCodes, type ErrorCode } from '@/lib/domain/error-code'

/** One ASCII line of at most this many bytes repeats the document, because nginx's auth_request throws bodies away. */
const longestLine = 1_024

export function toProblem(
  code: ErrorCode,
  members: Partial<Pick<Problem, 'detail' | 'requestId' | 'decisionId' | 'clockSkewSeconds'>> = {},
): Problem {
  const { status, title, advice } = errorCodes[code]
  return { type: problemType(code), title, status, code, ...members, advice }
}

/** The document as the value of `Countersign-Problem`: JSON with everything beyond ASCII escaped. */
export function toProblemLine(problem: Problem): string {
  const line = toAscii(JSON.stringify(problem))
  if (line.length <= longestLine) return line
  const { detail: _left, ...shorter } = problem
  return toAscii(JSON.stringify(shorter)).slice(0, longestLine)
}

function toAscii(text: string): string {
  return text.replace(/[^\x20-\x7e]/g, (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`)
}
