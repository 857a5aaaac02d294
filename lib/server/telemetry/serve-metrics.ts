import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Metric as PromMetric, Registry } from 'prom-client'
import { metrics, type Metric, type MetricSources } from './metrics'

export interface MetricsServer {
  /** `http://127.0.0.1:9464/metrics` */
  readonly url: string
  close(): Promise<void>
}

/**
 * Serves the metrics on a listener of their own, so that whoever may scrape need not reach the API, and whoever reaches the
 * API learns nothing from here. There is no authentication: host and network decide who may read.
 * Input: where to listen; port 0 lets the system choose. Rejects when it cannot listen there.
 */
export async function serveMetrics(
  sources: MetricSources,
  place: { readonly host: string; readonly port: number },
): Promise<MetricsServer> {
  const registry = await createMetricsRegistry(sources)
  const server = createServer(
    { maxHeaderSize: 16 * 1024, headersTimeout: 5_000, requestTimeout: 5_000 },
    (req, res) => {
      void answer(registry, req, res)
    },
  )
  server.maxConnections = 64
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
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

/** prom-client is loaded here and not above: a process without metrics does without it. */
async function createMetricsRegistry(sources: MetricSources): Promise<Registry> {
  const { collectDefaultMetrics, Registry } = await import('prom-client')
  const registry = new Registry()
  collectDefaultMetrics({ register: registry })
  for (const [name, metric] of Object.entries(metrics)) registry.registerMetric(toPromMetric(name, metric, sources))
  return registry
}

/** A metric whose values are gathered when it is read: the part of prom-client's classes that its registry calls. */
function toPromMetric(name: string, metric: Metric, sources: MetricSources): PromMetric {
  const gathered = {
    name,
    help: metric.help,
    async get() {
      const samples = await metric.read(sources)
      const values = samples.map(({ labels, value, suffix }) => ({ labels, value, metricName: name + (suffix ?? '') }))
      return { name, help: metric.help, type: metric.type, aggregator: 'sum', values }
    },
  }
  // The registry asks a metric for its name and its values and nothing else; the classes would want labels set one by one.
  return gathered as unknown as PromMetric
}

async function answer(registry: Registry, req: IncomingMessage, res: ServerResponse): Promise<void> {
  req.resume()
  const path = (req.url ?? '').split('?', 1)[0]
  if (path !== '/metrics') return send(res, 404, 'text/plain; charset=utf-8', 'The metrics are at /metrics.\n')
  if (req.method !== 'GET' && req.method !== 'HEAD') {
    res.setHeader('Allow', 'GET, HEAD')
    return send(res, 405, 'text/plain; charset=utf-8', 'This path takes GET.\n')
  }
  try {
    const text = await registry.metrics()
    send(res, 200, registry.contentType, text)
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
