import { Agent as HttpAgent, request as httpRequest, type IncomingMessage, type RequestOptions } from 'node:http'
import { Agent as HttpsAgent, request as httpsRequest } from 'node:https'
import { isIP } from 'node:net'

export interface OutgoingRequest {
  readonly method: string
  readonly scheme: 'http' | 'https'
  readonly hostname: string
  readonly port: number
  /** A Unix-domain socket to connect to, instead of host and port. */
  readonly socketPath?: string | undefined
  /** Goes on the wire as it is. */
  readonly target: string
  /** All of them, `Host` and, with a body, `Content-Length` included; nothing is added but `Connection`. */
  readonly headers: readonly (readonly [name: string, value: string])[]
  readonly body?: Uint8Array
  readonly agent?: HttpAgents | undefined
  /** Until the head of the answer is there. */
  readonly timeoutMs: number
  readonly signal?: AbortSignal | undefined
}

/** Connections that are kept and used again, one pool a scheme. */
export interface HttpAgents {
  readonly http: HttpAgent
  readonly https: HttpsAgent
  destroy(): void
}

export function createHttpAgents(options: { maxSockets?: number } = {}): HttpAgents {
  // Idle connections are left before the other side leaves them (Node's own servers wait 5 s): a request sent into a
  // connection that is being closed is lost, and a countersigned one cannot simply be sent again.
  const settings = { keepAlive: true, timeout: 4_000, ...options }
  const http = new HttpAgent(settings)
  const https = new HttpsAgent(settings)
  return {
    http,
    https,
    destroy: () => {
      http.destroy()
      https.destroy()
    },
  }
}

/** The request failed before an answer came. */
export class SendError extends Error {
  /** False only when not one byte of the request can have arrived. */
  readonly mayHaveArrived: boolean
  /** Whether an idle kept connection turned out to be closed by the other side. */
  readonly wasKeptConnectionClosed: boolean

  constructor(message: string, options: { mayHaveArrived: boolean; wasKeptConnectionClosed: boolean }) {
    super(message)
    this.name = 'SendError'
    this.mayHaveArrived = options.mayHaveArrived
    this.wasKeptConnectionClosed = options.wasKeptConnectionClosed
  }
}

/** Sends one request with its raw request-target and follows nothing. Rejects with {@link SendError}. */
export function sendRequest(outgoing: OutgoingRequest): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    const isSecure = outgoing.scheme === 'https'
    const options: RequestOptions = {
      method: outgoing.method,
      ...(outgoing.socketPath === undefined
        ? { hostname: outgoing.hostname, port: outgoing.port }
        : { socketPath: outgoing.socketPath }),
      path: outgoing.target,
      headers: outgoing.headers.flat(),
      agent: outgoing.agent === undefined ? false : isSecure ? outgoing.agent.https : outgoing.agent.http,
    }
    const request = isSecure
      ? httpsRequest({ ...options, servername: isIP(outgoing.hostname) === 0 ? outgoing.hostname : '' })
      : httpRequest(options)
    let mayHaveArrived = false
    request.once('socket', (socket) => {
      if (!socket.connecting) mayHaveArrived = true
      else socket.once(isSecure ? 'secureConnect' : 'connect', () => (mayHaveArrived = true))
    })
    const abort = (): void => void request.destroy(new Error('the call was given up'))
    const timer = setTimeout(
      () => request.destroy(new Error(`no answer within ${outgoing.timeoutMs / 1000} s`)),
      outgoing.timeoutMs,
    )
    const settle = (): void => {
      clearTimeout(timer)
      outgoing.signal?.removeEventListener('abort', abort)
    }
    request.once('response', (response) => {
      settle()
      resolve(response)
    })
    request.on('error', (error: NodeJS.ErrnoException) => {
      settle()
      const wasKeptConnectionClosed = request.reusedSocket && (error.code === 'ECONNRESET' || error.code === 'EPIPE')
      reject(new SendError(describeNetworkError(error), { mayHaveArrived, wasKeptConnectionClosed }))
    })
    // An answer that no one asked for (101) ends the connection without an error.
    request.once('close', () => {
      settle()
      reject(new SendError('the connection was closed', { mayHaveArrived, wasKeptConnectionClosed: false }))
    })
    if (outgoing.signal?.aborted === true) abort()
    else outgoing.signal?.addEventListener('abort', abort)
    request.end(outgoing.body)
  })
}

/** Reads a whole body; rejects one that is larger, or whose connection breaks. */
export async function readBody(message: IncomingMessage, maxBytes: number, timeoutMs: number): Promise<Buffer> {
  const timer = setTimeout(() => message.destroy(new Error('the answer took too long')), timeoutMs)
  try {
    const chunks: Buffer[] = []
    let size = 0
    for await (const chunk of message as AsyncIterable<Buffer>) {
      size += chunk.length
      if (size > maxBytes) throw new Error(`the answer is larger than ${maxBytes} bytes`)
      chunks.push(chunk)
    }
    return Buffer.concat(chunks)
  } finally {
    clearTimeout(timer)
    message.destroy()
  }
}

function describeNetworkError(error: NodeJS.ErrnoException): string {
  switch (error.code) {
    case 'ECONNREFUSED':
    case 'ENOENT':
      return 'nothing listens there (connection refused)'
    case 'ENOTFOUND':
    case 'EAI_AGAIN':
      return 'the host’s name cannot be resolved'
    case 'ECONNRESET':
    case 'EPIPE':
      return 'the connection was closed'
    case 'ETIMEDOUT':
    case 'EHOSTUNREACH':
    case 'ENETUNREACH':
      return 'the host cannot be reached'
    default:
      // An AggregateError of several addresses has no message of its own.
      return error.message === '' ? (error.code ?? 'unknown network error') : error.message
  }
}
