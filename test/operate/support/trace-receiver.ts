import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'

export interface ReceivedSpan {
  readonly name: string
  readonly traceId: string
  readonly parentSpanId: string
  readonly status: number
  readonly attributes: Readonly<Record<string, string | number>>
}

/** The part of OTLP/HTTP (JSON) that a span arrives in. */
interface ExportRequest {
  readonly resourceSpans: readonly {
    readonly scopeSpans: readonly {
      readonly spans: readonly {
        readonly name: string
        readonly traceId: string
        readonly parentSpanId?: string
        readonly status?: { readonly code?: number }
        readonly attributes: readonly {
          readonly key: string
          readonly value: { readonly stringValue?: string; readonly intValue?: number | string }
        }[]
      }[]
    }[]
  }[]
}

/** A small collector: takes spans at `/v1/traces` and keeps them, with the bytes that they came in. */
export async function startTraceReceiver() {
  const spans: ReceivedSpan[] = []
  let bytes = ''
  const server = createServer((req, res) => {
    const chunks: Buffer[] = []
    req.on('data', (chunk: Buffer) => chunks.push(chunk))
    req.on('end', () => {
      const text = Buffer.concat(chunks).toString('utf8')
      bytes += text
      if (req.url !== '/v1/traces' || req.headers['content-type'] !== 'application/json')
        return res.writeHead(404).end()
      for (const resource of (JSON.parse(text) as ExportRequest).resourceSpans)
        for (const scope of resource.scopeSpans)
          for (const { name, traceId, parentSpanId = '', status, attributes } of scope.spans) {
            const pairs = attributes.map(
              ({ key, value }) => [key, value.stringValue ?? Number(value.intValue)] as const,
            )
            spans.push({
              name,
              traceId,
              parentSpanId,
              status: status?.code ?? 0,
              attributes: Object.fromEntries(pairs),
            })
          }
      return res.writeHead(200, { 'content-type': 'application/json' }).end('{}')
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  return {
    url: `http://127.0.0.1:${port}`,
    spans,
    received: () => bytes,
    async close() {
      const closed = new Promise((resolve) => server.close(resolve))
      server.closeAllConnections()
      await closed
    },
  }
}
