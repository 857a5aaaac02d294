import { request as httpRequest } from 'node:http'
import { assertSocketPathFits } from '@/lib/platform/reach-socket-directory'
import { AgentError, exitCodes, refused, UnreachableError, wrongUsage } from '../agent-error'
import { escapeUntrusted } from '../escape-untrusted'
import { readBody } from '@/lib/platform/send-request'
import { isRecord } from '../store/machine-state'

const TIMEOUT_MS = 30_000
const MAX_ANSWER_BYTES = 1024 * 1024

/** Calls the running agent (HTTP over its Unix-domain socket, JSON both ways) and returns the object it answers. */
export async function callAgentSocket(
  socketPath: string,
  method: 'GET' | 'POST',
  path: string,
  body?: object,
): Promise<Record<string, unknown>> {
  assertSocketPathFits(socketPath)
  const bytes = body === undefined ? undefined : Buffer.from(JSON.stringify(body))
  const { status, text } = await new Promise<{ status: number; text: string }>((resolve, reject) => {
    const request = httpRequest({
      socketPath,
      method,
      path,
      agent: false,
      timeout: TIMEOUT_MS,
      headers: {
        Host: 'agent',
        ...(bytes === undefined ? {} : { 'Content-Type': 'application/json', 'Content-Length': bytes.length }),
      },
    })
    request.once('timeout', () => request.destroy(new Error('it does not answer')))
    request.once('error', (error: NodeJS.ErrnoException) => reject(describeSocketError(socketPath, error)))
    request.once('response', (response) => {
      readBody(response, MAX_ANSWER_BYTES, TIMEOUT_MS).then(
        (answer) => resolve({ status: response.statusCode ?? 0, text: answer.toString('utf8') }),
        (error: unknown) =>
          reject(describeSocketError(socketPath, error instanceof Error ? error : new Error('unknown error'))),
      )
    })
    request.end(bytes)
  })
  const answer = parseObject(text)
  if (answer === undefined) throw notAnAgent(socketPath)
  if (status === 200) return answer
  const { code, title, advice, exitCode } = answer
  if (typeof code !== 'string' || typeof title !== 'string') throw notAnAgent(socketPath)
  const message = escapeUntrusted(title)
  const words = typeof advice === 'string' ? escapeUntrusted(advice) : undefined
  if (exitCode === exitCodes.unreachable) throw new UnreachableError(message, words)
  const isKnown = exitCode === exitCodes.refused || exitCode === exitCodes.usage
  throw new AgentError(isKnown ? exitCode : exitCodes.refused, escapeUntrusted(code, 100), message, words)
}

export function notAnAgent(socketPath: string): Error {
  return refused(
    'not_an_agent',
    `What listens on ${socketPath} does not answer as the countersign agent does.`,
    'Check --socket and $COUNTERSIGN_SOCKET.',
  )
}

function describeSocketError(socketPath: string, error: NodeJS.ErrnoException): Error {
  if (error.code === 'ENOENT' || error.code === 'ECONNREFUSED') {
    return new UnreachableError(
      `No agent listens on ${socketPath}.`,
      'Start it with: countersign agent (another path is given with --socket or $COUNTERSIGN_SOCKET)',
    )
  }
  if (error.code === 'EACCES' || error.code === 'EPERM') {
    return wrongUsage(
      `This user may not use the agent’s socket ${socketPath}.`,
      'Who may is decided by the permissions of the socket and its directory; see countersign agent --help.',
    )
  }
  return new UnreachableError(`The agent on ${socketPath} cannot be asked: ${escapeUntrusted(error.message)}.`)
}

function parseObject(text: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(text)
    return isRecord(value) ? value : undefined
  } catch {
    return undefined
  }
}
