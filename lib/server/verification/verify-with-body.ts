import { createHash } from 'node:crypto'
import type { IncomingMessage } from 'node:http'
import { readBody } from '../front/read-body'
import { announcesBody } from './announces-body'
import { findService } from './service-directory'
import type { ReportedRequest, VerificationAnswer } from './verification-types'
import type { VerificationNode } from './verification-node'
import { denyLate, verifyRequest } from './verify-request'
import { restOf, withinTime } from './within-time'

/** Bytes of a client's body that are looked at; the guides set their gateways' limits to it. */
const longestBody = 1024 * 1024

export interface BodyRule {
  /** Milliseconds for the whole answer; by default the node's deadline. */
  readonly deadlineMs?: number
  /** Whether bytes that came are the client's own, and all of them; by default they are. */
  readonly canCheck?: (body: Buffer) => boolean
}

/**
 * Decides on a question that may bring the client's body along, which is compared with its digest then. A longer body counts
 * as one that nobody has seen. So does one that did not come, instead of as an empty one: a gateway that is set to forward
 * no bodies asks in the same words. Nobody but a gateway of the service has a body read.
 */
export async function verifyWithBody(
  node: VerificationNode,
  req: IncomingMessage,
  request: ReportedRequest,
  { deadlineMs = node.deadlineMs, canCheck = () => true }: BodyRule,
): Promise<VerificationAnswer> {
  const snapshot = node.services.current()
  const isKnown =
    snapshot && findService(snapshot, request.service, request.gateway, request.profile).outcome === 'found'
  if (!isKnown || !announcesBody(req)) return verifyRequest(node, request, deadlineMs)
  const startedMs = performance.now()
  const body = await withinTime(readBody(req, longestBody), deadlineMs).catch(() => undefined)
  if (body === undefined) return denyLate(node, request)
  const rest = restOf(deadlineMs, startedMs)
  if (body === null || (body.length > 0 && !canCheck(body)))
    return verifyRequest(node, { ...request, hasContent: true }, rest)
  if (body.length === 0) return verifyRequest(node, request, rest)
  const digestWith = (algorithm: string) => createHash(algorithm).update(body).digest()
  const bodyDigest = { sha256: digestWith('sha256'), sha512: digestWith('sha512') }
  return verifyRequest(node, { ...request, bodyDigest, hasContent: true }, rest)
}
