import type { Metric as PromMetric, Registry } from 'prom-client'
import { metrics, type Metric, type MetricSources } from './metrics'

/** prom-client is loaded here and not above: a process without metrics does without it. */
export async function createMetricsRegistry(sources: MetricSources): Promise<Registry> {
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
      return { name, help: metric.help, type: metric.type, aggregator: metric.together ?? 'sum', values }
    },
  }
  // The registry asks a metric for its name and its values and nothing else; the classes would want labels set one by one.
  return gathered as unknown as PromMetric
}
