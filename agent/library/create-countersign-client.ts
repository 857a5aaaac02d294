import type { IncomingMessage } from 'node:http'
import { Readable } from 'node:stream'
import type { HttpField } from '@/lib/protocol'
import { prepareRequest } from '../http/prepare-request'
import { createHttpAgents } from '@/lib/platform/send-request'
import type { MachineStatus } from '../machine/describe-machine'
import { callCountersigned } from '../signer/call-countersigned'
import { createSocketSigner } from '../signer/socket-signer'
import { callAgentSocket } from '../socket/call-agent-socket'
import { resolveSocketPath } from '../store/resolve-state-directory'
import { readFetchBody, readFetchHeaders, type FetchBody } from './read-fetch-input'

export interface CountersignClientOptions {
  /** The agent's socket; `$COUNTERSIGN_SOCKET` by default, else `agent.sock` in the state directory. */
  readonly socket?: string
  /** The state directory whose agent to ask; `$COUNTERSIGN_STATE_DIR` by default. */
  readonly stateDirectory?: string
  /** Until the head of an answer is there; 60 s by default. */
  readonly timeoutMs?: number
}

export interface CountersignRequestInit {
  readonly method?: string
  readonly headers?: Headers | Readonly<Record<string, string>> | readonly (readonly [string, string])[]
  /** A stream is read to its end first: the credential speaks about the whole body. */
  readonly body?: FetchBody | null
  readonly signal?: AbortSignal
}

export interface CountersignClient {
  /** Like `fetch`: countersigned, never following a redirect, and the path and query go out exactly as they are given. */
  fetch(input: string | URL, init?: CountersignRequestInit): Promise<Response>
  /** The header lines to add to one request that the caller sends itself. */
  sign(input: string | URL, init?: CountersignRequestInit): Promise<HttpField[]>
  /** What the running agent says about the machine. */
  status(): Promise<MachineStatus>
  /** Closes idle connections. */
  close(): void
}

/** A client whose credentials are made by the agent that runs on this machine; no key is ever in this process. */
export function createCountersignClient(options: CountersignClientOptions = {}): CountersignClient {
  const socketPath = resolveSocketPath(options.socket, process.env, options.stateDirectory)
  const signer = createSocketSigner(socketPath)
  const agents = createHttpAgents()
  const prepare = async (input: string | URL, init: CountersignRequestInit) => {
    const { bytes, contentType } = await readFetchBody(init.body ?? undefined)
    const headers = readFetchHeaders(init.headers)
    if (contentType !== undefined && !headers.some(([name]) => name.toLowerCase() === 'content-type')) {
      headers.push(['Content-Type', contentType])
    }
    return prepareRequest(normalizeMethod(init.method ?? 'GET'), withoutFragment(input), headers, bytes)
  }
  return {
    fetch: async (input, init = {}) => {
      const request = await prepare(input, init)
      const timeoutMs = options.timeoutMs ?? 60_000
      const response = await callCountersigned(signer, request, { agent: agents, timeoutMs, signal: init.signal })
      return toResponse(response, request.method, init.signal)
    },
    sign: async (input, init = {}) => signer.sign(await prepare(input, init)),
    status: async () => (await callAgentSocket(socketPath, 'GET', '/status')) as unknown as MachineStatus,
    close: () => agents.destroy(),
  }
}

/** Fetch standard, "normalize a method": these six in any case, others as they are. */
function normalizeMethod(method: string): string {
  const upper = method.toUpperCase()
  return ['DELETE', 'GET', 'HEAD', 'OPTIONS', 'POST', 'PUT'].includes(upper) ? upper : method
}

function withoutFragment(input: string | URL): string {
  const text = typeof input === 'string' ? input : input.href
  const hash = text.indexOf('#')
  return hash === -1 ? text : text.slice(0, hash)
}

function toResponse(message: IncomingMessage, method: string, signal: AbortSignal | undefined): Response {
  const headers = new Headers()
  for (let index = 0; index + 1 < message.rawHeaders.length; index += 2) {
    headers.append(message.rawHeaders[index] ?? '', message.rawHeaders[index + 1] ?? '')
  }
  const status = message.statusCode ?? 0
  const hasBody = method !== 'HEAD' && status !== 204 && status !== 205 && status !== 304
  const init = { status, statusText: message.statusMessage ?? '', headers }
  if (!hasBody) {
    message.resume()
    return new Response(null, init)
  }
  const abort = (): void => void message.destroy(new Error('The call was given up.'))
  signal?.addEventListener('abort', abort, { once: true })
  message.once('close', () => signal?.removeEventListener('abort', abort))
  return new Response(Readable.toWeb(message) as ReadableStream<Uint8Array>, init)
}
