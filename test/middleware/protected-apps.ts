import { createServer, type IncomingMessage, type Server } from 'node:http'
import type { AddressInfo, Socket } from 'node:net'
import { buffer } from 'node:stream/consumers'
import { serve } from '@hono/node-server'
import express from 'express'
import Fastify from 'fastify'
import { Hono } from 'hono'
import { NodeNextRequest } from 'next/dist/server/base-http/node'
import { NextRequestAdapter, signalFromNodeResponse } from 'next/dist/server/web/spec-extension/adapters/next-request'
import type { NextRequest } from 'next/server'
import {
  countersignOf,
  fastifyCountersign,
  honoCountersign,
  requireCountersign,
  routeCountersign,
  type CountersignFacts,
  type CountersignOptions,
} from '@/middleware'

/** A request that the library let in and whose body came to its end: this is where an application acts. */
export interface ServedRequest {
  readonly method: string
  readonly body: string
  readonly facts: CountersignFacts
}

export interface ProtectedApp {
  readonly port: number
  readonly served: ServedRequest[]
  /** Requests whose handler began, whether or not their body came to its end. */
  begun(): number
  close(): Promise<void>
}

interface Ledger {
  readonly served: ServedRequest[]
  begunCount: number
}

type StartApp = (options: CountersignOptions, ledger: Ledger) => Promise<Server>

/** One application in each framework, all with the same behaviour: answers `served`, and fails where the body breaks off. */
export const startApps = {
  'node:http': (options, ledger) => {
    const guard = requireCountersign(options)
    return listen(createServer((req, res) => guard(req, res, () => void answer(ledger, req, req, res))))
  },

  Express(options, ledger) {
    const app = express()
    app.use(requireCountersign(options))
    app.use(express.text({ type: () => true, limit: '1mb' }))
    app.use((req, res) => {
      ledger.begunCount += 1
      const { method } = req
      const body: unknown = req.body
      ledger.served.push({ method, body: typeof body === 'string' ? body : '', facts: countersignOf(req) })
      res.send('served')
    })
    return listen(createServer(app))
  },

  'Express, in a mounted router, after code that waits'(options, ledger) {
    const app = express()
    const router = express.Router()
    router.use((_req, _res, next) => void setImmediate(next))
    router.use(requireCountersign(options))
    router.use((req, res) => void answer(ledger, req, req, res))
    app.use('/v1', router)
    return listen(createServer(app))
  },

  async Fastify(options, ledger) {
    const app = Fastify({ rewriteUrl: (request) => request.url?.replace('/v1/', '/v2/') ?? '' })
    app.removeAllContentTypeParsers()
    app.addContentTypeParser('*', { parseAs: 'string' }, (_request, body, done) => done(null, body))
    app.addHook('onRequest', fastifyCountersign(options))
    app.all('/v2/*', (request) => {
      ledger.begunCount += 1
      const { method, body } = request
      ledger.served.push({ method, body: typeof body === 'string' ? body : '', facts: countersignOf(request) })
      return 'served'
    })
    await app.listen({ port: 0, host: '127.0.0.1' })
    return app.server
  },

  Hono(options, ledger) {
    const app = new Hono()
    app.onError(() => new Response(null, { status: 500 }))
    app.use(honoCountersign(options))
    app.all('*', async (c) => {
      ledger.begunCount += 1
      const body = await c.req.text()
      ledger.served.push({ method: c.req.method, body, facts: countersignOf(c) })
      return c.text('served')
    })
    return new Promise((resolve) => {
      const server = serve({ fetch: app.fetch, port: 0, hostname: '127.0.0.1' }, () => resolve(server as Server))
    })
  },

  'Hono, without Node’s objects': (options, ledger) => {
    const app = new Hono()
    app.onError(() => new Response(null, { status: 500 }))
    app.use(honoCountersign(options))
    app.all('*', async (c) => {
      ledger.begunCount += 1
      const body = await c.req.text()
      ledger.served.push({ method: c.req.method, body, facts: countersignOf(c) })
      return c.text('served')
    })
    return listenForWeb((request) => app.fetch(request))
  },

  'a route of Next.js': (options, ledger) => {
    const handler = routeCountersign(options as CountersignOptions & { body: 'stream' })(async (request) => {
      ledger.begunCount += 1
      const body = await request.text()
      ledger.served.push({ method: request.method, body, facts: countersignOf(request) })
      return new Response('served')
    })
    return listenForWeb((request) => handler(request, undefined))
  },
} as const satisfies Record<string, StartApp>

export type AppKind = keyof typeof startApps
export const appKinds = Object.keys(startApps) as AppKind[]
/** Those that have lost what was on the wire. */
export const webKinds: readonly AppKind[] = ['Hono, without Node’s objects', 'a route of Next.js']

export async function startApp(kind: AppKind, options: CountersignOptions): Promise<ProtectedApp> {
  const ledger: Ledger = { served: [], begunCount: 0 }
  const server = await startApps[kind](options, ledger)
  const sockets = new Set<Socket>()
  server.on('connection', (socket: Socket) => {
    sockets.add(socket)
    socket.once('close', () => sockets.delete(socket))
  })
  return {
    port: (server.address() as AddressInfo).port,
    served: ledger.served,
    begun: () => ledger.begunCount,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        for (const socket of sockets) socket.destroy()
      }),
  }
}

/** Reads to the end and acts; a body that breaks off is none. */
async function answer(
  ledger: Ledger,
  key: object,
  req: IncomingMessage,
  res: { end(text: string): unknown; destroy(): unknown },
): Promise<void> {
  ledger.begunCount += 1
  try {
    const body = await buffer(req)
    ledger.served.push({ method: req.method ?? '', body: body.toString(), facts: countersignOf(key) })
    res.end('served')
  } catch {
    res.destroy()
  }
}

async function listen(server: Server): Promise<Server> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return server
}

/** What Next.js makes of a request, by its own adapter: merged headers, the URL as parsed, no body of GET and HEAD. */
function listenForWeb(handle: (request: NextRequest) => Response | Promise<Response>): Promise<Server> {
  return listen(
    createServer((req, res) => {
      void (async () => {
        const request = NextRequestAdapter.fromNodeNextRequest(new NodeNextRequest(req), signalFromNodeResponse(res))
        const response = await handle(request)
        res.writeHead(response.status, Object.fromEntries(response.headers))
        res.end(Buffer.from(await response.arrayBuffer()))
      })().catch(() => res.destroy())
    }),
  )
}
