import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import { createConnection } from 'node:net'
import { chmod, unlink } from 'node:fs/promises'
import { assertSocketPathFits } from '@/lib/platform/reach-socket-directory'
import { AgentError, exitCodes, wrongUsage } from '../agent-error'
import { answerAgentCall } from './answer-agent-call'
import type { RunningMachine } from '../machine/running-machine'

const MAX_CALL_BYTES = 128 * 1024
const MAX_CONNECTIONS = 512

export interface AgentSocket {
  close(): Promise<void>
}

/**
 * Serves the agent's socket. Who may connect may have requests signed: that is decided by the file's mode and by the
 * directory it lies in, the kernel's own list of user ids.
 *
 * @param mode 0o600 for this user alone, 0o660 for the socket's group as well
 */
export async function serveAgentSocket(
  machine: RunningMachine,
  socketPath: string,
  mode: 0o600 | 0o660,
): Promise<AgentSocket> {
  assertSocketPathFits(socketPath)
  await removeDeadSocket(socketPath)
  const server = createServer({ requestTimeout: 10_000, headersTimeout: 5_000 }, (request, response) => {
    void handle(machine, request, response)
  })
  server.maxConnections = MAX_CONNECTIONS
  await listenPrivately(server, socketPath)
  if (mode !== 0o600) await chmod(socketPath, mode)
  return {
    close: async () => {
      await new Promise<void>((resolve) => {
        server.close(() => resolve())
        server.closeIdleConnections()
      })
    },
  }
}

async function handle(machine: RunningMachine, request: IncomingMessage, response: ServerResponse): Promise<void> {
  let status = 200
  let answer: object
  try {
    answer = await answerAgentCall(machine, request.method ?? '', request.url ?? '', await readCall(request))
  } catch (error) {
    const known =
      error instanceof AgentError
        ? error
        : new AgentError(
            exitCodes.refused,
            'internal_error',
            'The agent met an unexpected fault.',
            'Look at its output.',
          )
    if (known !== error) process.stderr.write(`countersign agent: unexpected fault: ${String(error)}\n`)
    status = { [exitCodes.refused]: 403, [exitCodes.usage]: 400, [exitCodes.unreachable]: 503 }[
      known.exitCode as 1 | 2 | 3
    ]
    answer = { code: known.code, title: known.message, advice: known.advice, exitCode: known.exitCode }
  }
  const body = Buffer.from(JSON.stringify(answer))
  response.writeHead(status, {
    'Content-Type': status === 200 ? 'application/json' : 'application/problem+json',
    'Content-Length': body.length,
    'Cache-Control': 'no-store',
  })
  response.end(body)
}

async function readCall(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = []
  let size = 0
  for await (const chunk of request as AsyncIterable<Buffer>) {
    size += chunk.length
    if (size > MAX_CALL_BYTES) throw wrongUsage(`A call to the agent has at most ${MAX_CALL_BYTES} bytes.`)
    chunks.push(chunk)
  }
  return Buffer.concat(chunks)
}

/** Between `bind` and `chmod` the file would have the umask's mode; so the umask is narrowed around the bind itself. */
async function listenPrivately(server: Server, socketPath: string): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => {
      reject(
        wrongUsage(
          `The agent cannot listen on ${socketPath}: ${error.code ?? error.message}.`,
          'Choose another --socket.',
        ),
      )
    })
    const umask = process.umask(0o177)
    try {
      server.listen({ path: socketPath, exclusive: true }, resolve)
    } finally {
      process.umask(umask)
    }
  })
}

/** A crash leaves the file behind. The state directory is locked by now, so no agent of this machine listens there. */
async function removeDeadSocket(socketPath: string): Promise<void> {
  const state = await new Promise<'none' | 'dead' | 'alive'>((resolve) => {
    const socket = createConnection({ path: socketPath })
    socket.once('connect', () => {
      socket.destroy()
      resolve('alive')
    })
    socket.once('error', (error: NodeJS.ErrnoException) => {
      resolve(error.code === 'ENOENT' ? 'none' : error.code === 'ECONNREFUSED' ? 'dead' : 'alive')
    })
  })
  if (state === 'alive') {
    throw wrongUsage(`Another program listens on ${socketPath}.`, 'Stop it, or choose another --socket.')
  }
  if (state === 'dead') await unlink(socketPath)
}
