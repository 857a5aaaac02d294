import type { IncomingMessage } from 'node:http'
import { isRecord } from '../store/machine-state'

/** What a denial says (RFC 9457), as far as this program reads it. Untrusted text. */
export interface Problem {
  readonly code: string
  readonly title: string
  readonly detail: string
  /** What the service says can be done about it. */
  readonly advice: string | undefined
}

/**
 * The denial of a verifier in the `Countersign-Problem` line of a 401 or 403. Null when the answer is anything else:
 * a service's own 401 is none of ours.
 */
export function readProblem(response: Pick<IncomingMessage, 'statusCode' | 'headers'>): Problem | null {
  if (response.statusCode !== 401 && response.statusCode !== 403) return null
  const line = response.headers['countersign-problem']
  return typeof line === 'string' ? parseProblem(line) : null
}

export function parseProblem(text: string): Problem | null {
  if (text.length > 8_192) return null
  try {
    const value: unknown = JSON.parse(text)
    if (!isRecord(value) || typeof value['code'] !== 'string' || !/^[a-z_]{1,64}$/.test(value['code'])) return null
    const { code, title, detail, advice } = value
    return {
      code,
      title: typeof title === 'string' ? title : '',
      detail: typeof detail === 'string' ? detail : '',
      advice: typeof advice === 'string' ? advice : undefined,
    }
  } catch {
    return null
  }
}
