import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { Duplex } from 'node:stream'
import { wrongUsage } from '../agent-error'
import { formatRawDenial, makeDenial, sendDenial } from './gate-problem'
import { handleGateRequest, type Gate } from './handle-gate-request'

const MAX_HEADER_BYTES = 64 * 1024

export interface ServedGate {
  /** `http://127.0.0.1:8443`, or `unix:/path`. */
  readonly address: string
  /** Stops accepting, finishes what is under way, then resolves. */
  close(): Promise<void>
}

/** Where a gate listens: `{ host, port }` or `{ path }` of a Unix-domain socket. */
export type ListenAddress = { readonly host?: string; readonly port: number } | { readonly path: string }

/**
 * A reverse proxy that forwards only what the verification service allows. Whatever Node would answer by itself, or
 * leave hanging, is answered here as a denial, in the form of all others.
 */
export async function serveGate(gate: Gate, listen: ListenAddress): Promise<ServedGate> {
  const server = createServer(
    // A missing Host gets our own answer; without the option it is Node's 400.
    { requireHostHeader: false, maxHeaderSize: MAX_HEADER_BYTES, headersTimeout: 15_000, requestTimeout: 60_000 },
    (request, response) => void handle(gate, request, response),
  )
  // Node drops the lines above its limit silently; all of them are needed, to count them and to sign them.
  server.maxHeadersCount = 0
  // No listener for `upgrade`: Node then hands the request on like any other and the Upgrade field ends at this hop.
  server.on('checkContinue', (request: IncomingMessage, response: ServerResponse) => {
    if (Number(request.headers['content-length'] ?? 0) > gate.maxBodyBytes) {
      sendDenial(response, makeDenial('request_too_large', 'The body is larger than this gate checks.'), {
        close: true,
      })
      return
    }
    response.writeContinue()
    void handle(gate, request, response)
  })
  server.on('checkExpectation', (_request: IncomingMessage, response: ServerResponse) => {
    sendDenial(response, makeDenial('credential_malformed', 'Expect can only be 100-continue.'), { close: true })
  })
  server.on('connect', (_request: IncomingMessage, socket: Duplex) => {
    endRaw(socket, formatRawDenial(makeDenial('credential_malformed', 'CONNECT is never let through.')))
  })
  server.on('clientError', (_error: Error, socket: Duplex) => {
    endRaw(socket, formatRawDenial(makeDenial('credential_malformed', 'The request cannot be read.')))
  })
  await listenOn(server, listen)
  let isClosing = false
  // Before the other listeners: a kept connection must not go on being one while the gate ends.
  const endKept = (_request: IncomingMessage, response: ServerResponse): void => {
    if (isClosing) response.shouldKeepAlive = false
    response.once('close', () => {
      if (isClosing) server.closeIdleConnections()
    })
  }
  server.prependListener('request', endKept)
  server.prependListener('checkContinue', endKept)
  const close = async (): Promise<void> => {
    isClosing = true
    await closeServer(server)
  }
  return { address: describeAddress(server), close }
}

async function handle(gate: Gate, request: IncomingMessage, response: ServerResponse): Promise<void> {
  try {
    await handleGateRequest(gate, request, response)
  } catch (error) {
    gate.log(`denied, unavailable: unexpected fault: ${error instanceof Error ? error.message : String(error)}`)
    sendDenial(response, makeDenial('unavailable', 'The gate met a fault.'), { close: true })
  }
}

function endRaw(socket: Duplex, answer: string): void {
  socket.on('error', () => undefined)
  // Not into the middle of an answer that is on its way.
  if (socket.writable && 'bytesWritten' in socket && socket.bytesWritten === 0) socket.end(answer)
  else socket.destroy()
}

async function listenOn(server: Server, listen: ListenAddress): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => {
      const words = error.code === 'EADDRINUSE' ? 'another program listens there' : (error.code ?? error.message)
      reject(wrongUsage(`The gate cannot listen: ${words}.`, 'Choose another --listen address.'))
    })
    server.listen(listen, resolve)
  })
}

function describeAddress(server: Server): string {
  const address = server.address()
  if (address === null || typeof address === 'string') return `unix:${address ?? ''}`
  const host = address.family === 'IPv6' ? `[${address.address}]` : address.address
  return `http://${host}:${address.port}`
}

async function closeServer(server: Server): Promise<void> {
  await new Promise<void>((resolve) => {
    server.close(() => resolve())
    server.closeIdleConnections()
  })
}
