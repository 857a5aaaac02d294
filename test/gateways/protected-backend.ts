import { createHash } from 'node:crypto'
import { createServer, ServerResponse, type IncomingMessage } from 'node:http'
import type { Socket } from 'node:net'
import type { HttpField } from '@/lib/protocol'
import { countersignOf, requireCountersign, type CountersignFacts } from '@/middleware'
import { pairHeaders } from '@/lib/server/verification/pair-headers'
import { listenOnLoopback } from './listen-on-loopback'

/** A request as it came in from the network, before the library has judged it. */
export interface ArrivedRequest {
  readonly method: string
  readonly target: string
  readonly headers: readonly HttpField[]
}

/** A request that the library let in: this is where an application would act. */
export interface ServedRequest extends ArrivedRequest {
  readonly body: string
  readonly countersign: CountersignFacts
}

export interface ProtectedBackend {
  readonly port: number
  readonly arrived: ArrivedRequest[]
  readonly served: ServedRequest[]
  forget(): void
  close(): Promise<void>
}

/** A plain node:http backend that uses the library as its guide says, and writes down what reaches it. */
export async function startProtectedBackend(options: {
  readonly service: string
  readonly jwksUrl: string
  readonly issuer: string
}): Promise<ProtectedBackend> {
  const arrived: ArrivedRequest[] = []
  const served: ServedRequest[] = []
  const guard = requireCountersign(options)

  const server = createServer({ maxHeaderSize: 64 * 1024 }, (request, response) => {
    arrived.push(describe(request))
    guard(request, response, () => {
      void readRest(request).then((body) => {
        served.push({ ...describe(request), body, countersign: countersignOf(request) })
        response.statusCode = request.url?.includes('missing') === true ? 404 : 200
        response.setHeader('X-Backend', 'yes')
        response.end(`served ${request.method} ${request.url}`)
      })
    })
  })
  server.on('upgrade', (request: IncomingMessage, socket: Socket) => {
    arrived.push(describe(request))
    const response = new ServerResponse(request)
    response.shouldKeepAlive = false
    response.assignSocket(socket)
    response.once('finish', () => socket.end())
    guard(request, response, () => {
      response.detachSocket(socket)
      served.push({ ...describe(request), body: '', countersign: countersignOf(request) })
      socket.write(
        'HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n' +
          `Sec-WebSocket-Accept: ${acceptWebSocket(request.headers['sec-websocket-key'])}\r\n\r\n`,
      )
      socket.pipe(socket)
    })
  })
  const { port, close } = await listenOnLoopback(server)
  return {
    port,
    arrived,
    served,
    forget() {
      arrived.length = 0
      served.length = 0
    },
    close,
  }
}

/** RFC 6455, section 4.2.2: HAProxy looks at it. */
function acceptWebSocket(key = ''): string {
  return createHash('sha1').update(`${key}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`).digest('base64')
}

function describe(request: IncomingMessage): ArrivedRequest {
  return { method: request.method ?? '', target: request.url ?? '', headers: pairHeaders(request.rawHeaders) }
}

async function readRest(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = []
  for await (const chunk of request as AsyncIterable<Buffer>) chunks.push(chunk)
  return Buffer.concat(chunks).toString()
}

/** Values of the fields that a backend could read as `name`: CGI knows no difference between `-`, `_` and `.`. */
export function readLoosely(request: ArrivedRequest | undefined, name: string): string[] {
  const loose = (text: string) => text.toLowerCase().replace(/[^a-z0-9]/g, '-')
  return (request?.headers ?? []).filter(([field]) => loose(field) === loose(name)).map(([, value]) => value)
}
