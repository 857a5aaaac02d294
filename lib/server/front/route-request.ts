import type { IncomingMessage, ServerResponse } from 'node:http'
import { backupPath, handleBackup } from '../backup/handle-backup'
import type { ErrorLogger } from '../create-error-logger'
import type { Dependencies } from '../dependencies'
import { handleMachineRequest, isMachineRequestTarget } from '../enrollment/handle-machine-request'
import type { AttemptLimiter } from '../enrollment/create-attempt-limiter'
import { handleAuthz, isAuthzTarget, sendDenial } from '../verification/handle-authz'
import { handleVerify, sendCallError, verifyPath } from '../verification/handle-verify'
import { toProblem } from '../verification/http-problem'
import { pairHeaders } from '../verification/pair-headers'
import type { GatewayProof } from '../verification/verification-types'
import type { VerificationNode } from '../verification/verification-node'
import { checkReadiness } from './check-readiness'
import { readBody } from './read-body'
import { setPageHeaders } from './set-page-headers'

const longestBody = 64 * 1024

export interface Front {
  readonly dependencies: Dependencies
  /** Null on a node that is for people only. */
  readonly node: VerificationNode | null
  readonly attempts: AttemptLimiter
  readonly authorities: readonly string[]
  /** Next.js: pages, and the management API's routes. Null on a node that only verifies. */
  readonly pages: ((req: IncomingMessage, res: ServerResponse) => Promise<void>) | null
  readonly logError: ErrorLogger
}

/**
 * Sends a request where it belongs. What decides goes straight to the verification path; Next.js gets what is left.
 * Never throws, and never closes a gateway's connection without an answer.
 */
export async function routeRequest(
  front: Front,
  req: IncomingMessage,
  res: ServerResponse,
  /** Who asks over a socket of its own. Nothing is answered there but its questions. */
  proof?: GatewayProof,
): Promise<void> {
  const target = req.url ?? ''
  try {
    if (isAuthzTarget(target)) return front.node ? await handleAuthz(front.node, req, res, proof) : sendNoVerifier(res)
    // No proxy lives here: a URL or `*` as the target has no meaning that two readers would agree on.
    if (!target.startsWith('/')) return sendCallError(res, 'request_malformed', 'The request-target has to be a path.')
    const end = target.indexOf('?')
    const path = end < 0 ? target : target.slice(0, end)
    if (path === verifyPath) return await routeVerify(front, req, res, proof)
    if (proof) return sendCallError(res, 'not_found', 'A gateway’s socket answers its questions and nothing else.')
    if (isMachineRequestTarget(target)) return await routeMachineRequest(front, req, res)
    if (path === '/healthz') return sendJson(res, 200, { status: 'ok' })
    if (path === '/readyz') return await sendReadiness(front, res)
    if (path === backupPath && front.pages) return await handleBackup(front.dependencies, req, res)
    if (path === '/agent.mjs' || path === '/agent.mjs.sha256') return sendAgent(front, path, res)
    if (!front.pages) return sendCallError(res, 'not_found', 'This node verifies; console and API are on other nodes.')
    setPageHeaders(req, res, { isTls: front.dependencies.settings.publicUrl.startsWith('https:') })
    await front.pages(req, res)
  } catch (error) {
    front.logError('A request failed', error as Error)
    if (res.headersSent) res.destroy()
    else if (target.startsWith('/api/v1/')) sendDenial(res, toProblem('unavailable'))
    else sendJson(res, 500, toProblem('internal_error'))
  }
}

async function routeVerify(
  front: Front,
  req: IncomingMessage,
  res: ServerResponse,
  proof: GatewayProof | undefined,
): Promise<void> {
  const body = await readBody(req, longestBody)
  if (!body) return sendTooLarge(req, res)
  if (!front.node) return sendNoVerifier(res)
  await handleVerify(front.node, req, res, body, front.authorities, proof)
}

async function routeMachineRequest(front: Front, req: IncomingMessage, res: ServerResponse): Promise<void> {
  const body = await readBody(req, longestBody)
  if (!body) return sendTooLarge(req, res)
  const { dependencies, attempts, authorities } = front
  const answer = await handleMachineRequest(
    { ...dependencies, attempts },
    {
      method: req.method ?? '',
      path: req.url ?? '',
      headers: pairHeaders(req.rawHeaders),
      body,
      authorities,
      peerAddress: req.socket.remoteAddress ?? '',
    },
  )
  if (!answer) return sendCallError(res, 'not_found', 'There is nothing at this path.')
  res.writeHead(answer.status, { ...answer.headers, 'content-length': Buffer.byteLength(answer.body) })
  res.end(answer.body)
}

/** A gateway that asks a node which decides nothing gets what every gateway understands. */
function sendNoVerifier(res: ServerResponse): void {
  sendDenial(res, toProblem('unavailable', { detail: 'This node is for people and decides nothing.' }))
}

/** The rest of the body is not waited for much longer, so the connection ends with the answer. */
function sendTooLarge(req: IncomingMessage, res: ServerResponse): void {
  res.setHeader('Connection', 'close')
  res.once('finish', () => req.destroy())
  sendCallError(res, 'request_too_large', 'The body has more than 64 KiB.')
}

async function sendReadiness(front: Front, res: ServerResponse): Promise<void> {
  const readiness = await checkReadiness(front.dependencies)
  sendJson(res, readiness.ready ? 200 : 503, readiness)
}

function sendAgent(front: Front, path: string, res: ServerResponse): void {
  const { agentFile } = front.dependencies
  if (!agentFile) return sendCallError(res, 'not_found', 'The agent was not built with this server: npm run build.')
  const isHash = path.endsWith('.sha256')
  const body = isHash ? `${agentFile.sha256}  agent.mjs\n` : agentFile.bytes
  res.writeHead(200, {
    'Content-Type': isHash ? 'text/plain; charset=utf-8' : 'text/javascript; charset=utf-8',
    'Content-Length': Buffer.byteLength(body),
    'X-Content-Type-Options': 'nosniff',
    'Cache-Control': 'no-cache',
  })
  res.end(body)
}

function sendJson(res: ServerResponse, status: number, value: object): void {
  const text = JSON.stringify(value)
  res.writeHead(status, {
    'Content-Type': 'application/json',
    'Content-Length': Buffer.byteLength(text),
    'Cache-Control': 'no-store',
  })
  res.end(text)
}
