import { formatId } from '@/lib/domain/ids'
import type { Problem } from '@/lib/contract/problem'
import { toAllowedHeaders, toDeniedHeaders } from '../verification/answer-headers'
import { toDenialProblem } from '../verification/handle-authz'
import { toProblem } from '../verification/http-problem'
import { listHeadersToRemove } from '../verification/list-headers-to-remove'
import { recordUnreadableRequest } from '../verification/record-denial'
import { verifyRequest } from '../verification/verify-request'
import type { VerificationNode } from '../verification/verification-node'
import { encodeAllowed, encodeDenied } from './encode-check-response'
import { readCheck } from './read-check'

/**
 * `envoy.service.auth.v3.Authorization/Check`: the bytes of a CheckRequest, and what the call's metadata say. Resolves to
 * the bytes of a CheckResponse, whatever came: an error of gRPC is what `failure_mode_allow` takes for yes.
 * `node` is null where nothing is decided.
 */
export async function answerCheck(
  node: VerificationNode | null,
  message: Buffer,
  metadata: (name: string) => readonly string[],
): Promise<Buffer> {
  if (!node) return deny(toProblem('unavailable', { detail: 'This node is for people and decides nothing.' }))
  try {
    const read = readCheck(message, metadata)
    if (read.outcome === 'refused') {
      const id = recordUnreadableRequest(node, read)
      return deny(toProblem(read.code, { detail: read.detail, decisionId: formatId('dec', id) }))
    }
    const answer = await verifyRequest(node, read.request, node.dependencies.settings.envoyDeadlineMs)
    if (answer.outcome === 'denied') return deny(toDenialProblem(answer), answer.acceptSignature)
    const headers = toAllowedHeaders(answer)
    return encodeAllowed(headers, listHeadersToRemove(read.request.headers, headers))
  } catch (error) {
    node.logError('A check failed', error as Error)
    return deny(toProblem('unavailable'))
  }
}

function deny(problem: Problem, acceptSignature?: string): Buffer {
  return encodeDenied(problem.status, toDeniedHeaders(problem, acceptSignature), JSON.stringify(problem))
}
