import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'

/** What is served: all metrics as text, gathered anew each time. */
export interface MetricsText {
  readonly contentType: string
  read(): Promise<string>
}

export interface MetricsServer {
  /** `http://127.0.0.1:9464/metrics` */
  readonly url: string
  close(): Promise<void>
}

/**
 * Serves the metrics on a listener of their own, so that whoever may scrape need not reach the API, and whoever reaches the
 * API learns nothing from here. There is no authentication: host and network decide who may read.
 * Input: where to listen; port 0 lets the system choose. Rejects, naming the setting, when it cannot listen there.
 */
export async function serveMetrics(
  text: MetricsText,
  place: { readonly host: string; readonly port: number },
): Promise<MetricsServer> {
  const server = createServer(
    { maxHeaderSize: 16 * 1024, headersTimeout: 5_000, requestTimeout: 5_000 },
    (req, res) => {
      void answer(text, req, res)
    },
  )
  server.maxConnections = 64
  await new Promise<void>((resolve, reject) => {
    server.once('error', ({ message }) => {
      reject(
        new Error(`Cannot serve metrics on ${place.host}, port ${place.port} (COUNTERSIGN_METRICS_PORT): ${message}`),
      )
    })
    server.listen(place.port, place.host, resolve)
  })
  const { port } = server.address() as AddressInfo
  const host = place.host.includes(':') ? `[${place.host}]` : place.host
  return {
    url: `http://${host}:${port}/metrics`,
    async close() {
      const closed = new Promise((resolve) => server.close(resolve))
      server.closeAllConnections()
      await closed
    },
  }
}

async function answer(text: MetricsText, req: IncomingMessage, res: ServerResponse): Promise<void> {
  req.resume()
  const path = (req.url ?? '').split('?', 1)[0]
  if (path !== '/metrics') return send(res, 404, 'text/plain; charset=utf-8', 'The metrics are at /metrics.\n')
  if (req.method !== 'GET' && req.method !== 'HEAD') {
    res.setHeader('Allow', 'GET, HEAD')
    return send(res, 405, 'text/plain; charset=utf-8', 'This path takes GET.\n')
  }
  try {
    send(res, 200, text.contentType, await text.read())
  } catch {
    send(res, 500, 'text/plain; charset=utf-8', 'The metrics could not be gathered.\n')
  }
}

function send(res: ServerResponse, status: number, type: string, text: string): void {
  res.writeHead(status, {
    'Content-Type': type,
    'Content-Length': Buffer.byteLength(text),
    'Cache-Control': 'no-store',
  })
  res.end(text)
}
