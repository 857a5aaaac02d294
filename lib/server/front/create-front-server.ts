import { createServer, STATUS_CODES, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import { createServer as createTlsServer, type ServerOptions as TlsOptions } from 'node:https'
import type { Duplex } from 'node:stream'
import { isAuthzTarget, takesBody } from '../verification/handle-authz'
import { toProblem, toProblemLine } from '../verification/http-problem'

/** Room for 200 header lines of a gateway and some tokens; what is larger ends in `clientError`. */
const maxHeaderBytes = 64 * 1024
/** How long a connection that was answered by hand may stay half open. */
const lingerMs = 1_000

/**
 * The one HTTP server of the process. It owns every event on which Node would answer by itself, because a gateway
 * endpoint answers 401 or 403 and nothing else (protocol.md, section 6): Node's own answers are 400, 417 and 431, and it
 * closes a CONNECT without a word. There is no `upgrade` listener, so that an upgrade is an ordinary request.
 *
 * @param tls certificate and key, for a server that speaks TLS
 */
export function createFrontServer(
  onRequest: (req: IncomingMessage, res: ServerResponse) => Promise<void>,
  tls?: TlsOptions,
): Server {
  const options = {
    maxHeaderSize: maxHeaderBytes,
    requireHostHeader: false,
    insecureHTTPParser: false,
    // Longer than gateways keep idle connections, so that they close first and no request meets a closing socket.
    keepAliveTimeout: 90_000,
    headersTimeout: 15_000,
    requestTimeout: 30_000,
  }
  const server = tls ? createTlsServer({ ...options, ...tls }) : createServer(options)
  // Node drops what is over this without a word; the handlers count and refuse.
  server.maxHeadersCount = 0
  const handle = (req: IncomingMessage, res: ServerResponse) => void onRequest(req, res)
  server.on('request', handle)
  server.on('checkExpectation', handle)
  server.on('checkContinue', (req: IncomingMessage, res: ServerResponse) => {
    // A question without a body is answered from its headers: no interim response, which would be one answer more.
    const target = req.url ?? ''
    if (!isAuthzTarget(target) || takesBody(target)) res.writeContinue()
    handle(req, res)
  })
  server.on('connect', (_req: IncomingMessage, socket: Duplex) => {
    endWithDenial(socket, 'credential_malformed', 'CONNECT is never allowed.')
  })
  server.on('clientError', answerClientError)
  return server
}

/** What is no HTTP gets the closed form of a denial when it was meant for a gateway endpoint, else a plain 400. */
function answerClientError(error: Error & { code?: string; rawPacket?: Buffer }, socket: Duplex): void {
  if (error.code === 'ECONNRESET' || !socket.writable) return void socket.destroy()
  const start = error.rawPacket?.subarray(0, 512).toString('latin1') ?? ''
  // Without a readable request line it may have been a gateway: deny.
  const isElsewhere = /^[A-Z]+ \//.test(start) && !/^[A-Z]+ \/api\/v1\/authz\//.test(start)
  const detail = error.code === 'HPE_HEADER_OVERFLOW' ? 'The headers are too large.' : 'The message is not valid HTTP.'
  endWithDenial(socket, isElsewhere ? 'request_malformed' : 'credential_malformed', detail)
}

/** A whole response by hand: there is no `ServerResponse` for what is no request. */
function endWithDenial(socket: Duplex, code: 'request_malformed' | 'credential_malformed', detail: string): void {
  const problem = toProblem(code, { detail })
  const body = JSON.stringify(problem)
  const head = [
    `HTTP/1.1 ${problem.status} ${STATUS_CODES[problem.status]}`,
    'Connection: close',
    'Cache-Control: no-store',
    'Content-Type: application/problem+json',
    `Content-Length: ${Buffer.byteLength(body)}`,
    `Countersign-Problem: ${toProblemLine(problem)}`,
  ]
  if (problem.status === 401) head.push('WWW-Authenticate: Countersign')
  // Node hands out the socket of a CONNECT without any listener: a client that has gone would end the process.
  socket.on('error', () => socket.destroy())
  // And nobody else closes it while the client keeps its half open.
  const linger = setTimeout(() => socket.destroy(), lingerMs)
  socket.once('close', () => clearTimeout(linger))
  socket.resume()
  socket.end(`${head.join('\r\n')}\r\n\r\n${body}`)
}
