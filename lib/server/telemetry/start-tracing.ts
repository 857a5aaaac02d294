import type { Settings } from '../settings'
import type { DoneWork, Tracing } from './tracing'

const longestStopMs = 2_000

/**
 * Sends spans to an OpenTelemetry collector (OTLP over HTTP). The packages are loaded here and nowhere else, so a process
 * without a collector does without them. Spans wait in a bounded queue; what does not fit, or cannot be sent, is lost: a
 * collector that is away holds up nothing. `OTEL_EXPORTER_OTLP_HEADERS` is read by the packages themselves.
 * Input: the collector's address without `/v1/traces`, the share of traces without a parent that are kept, the version that runs.
 */
export async function startTracing(
  collector: NonNullable<Settings['traceCollector']>,
  version: string,
): Promise<Tracing> {
  const [{ ROOT_CONTEXT, SpanStatusCode, trace }, { OTLPTraceExporter }, { resourceFromAttributes }, sdk] =
    await Promise.all([
      import('@opentelemetry/api'),
      import('@opentelemetry/exporter-trace-otlp-http'),
      import('@opentelemetry/resources'),
      import('@opentelemetry/sdk-trace'),
    ])
  const exporter = new OTLPTraceExporter({
    url: `${collector.endpoint.replace(/\/$/, '')}/v1/traces`,
    timeoutMillis: 5_000,
  })
  const provider = new sdk.TracerProvider({
    sampler: new sdk.ParentBasedSampler({ root: new sdk.TraceIdRatioBasedSampler(collector.ratio) }),
    resource: resourceFromAttributes({ 'service.name': 'countersign', 'service.version': version }),
    spanProcessors: [new sdk.BatchSpanProcessor({ exporter, scheduledDelayMillis: 1_000, exportTimeoutMillis: 5_000 })],
  })
  const tracer = provider.getTracer('countersign', version)

  /** The caller's span as the parent, when it says one. */
  const contextOf = (traceparent: string | undefined) => {
    const [, traceId, spanId, flags] = /^00-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})$/.exec(traceparent ?? '') ?? []
    if (traceId === undefined || spanId === undefined || flags === undefined) return ROOT_CONTEXT
    const traceFlags = Number.parseInt(flags, 16) & 1
    return trace.setSpanContext(ROOT_CONTEXT, { traceId, spanId, traceFlags, isRemote: true })
  }

  return {
    record({ name, startedMs, attributes, traceparent, isFailure }: DoneWork) {
      const startTime = performance.timeOrigin + startedMs
      const span = tracer.startSpan(name, { startTime, attributes }, contextOf(traceparent))
      if (isFailure) span.setStatus({ code: SpanStatusCode.ERROR })
      span.end(performance.timeOrigin + performance.now())
    },
    async stop() {
      const late = new Promise((resolve) => setTimeout(resolve, longestStopMs).unref())
      await Promise.race([provider.shutdown().catch(() => undefined), late])
    },
  }
}
