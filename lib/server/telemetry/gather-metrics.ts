import type { Worker } from 'node:cluster'
import type { Registry } from 'prom-client'
import type { Settings } from '../settings'
import { serveMetrics, type MetricsServer } from './serve-metrics'

/** What the process that looks after others asks them, and what they answer. */
interface MetricsQuestion {
  readonly metricsWanted: number
}
interface MetricsAnswer {
  readonly metricsOf: number
  readonly metrics: Awaited<ReturnType<Registry['getMetricsAsJSON']>>
}

/** Longer than a process waits for its database's gauges. Who does not answer by then (it may have been killed) is left out. */
const answerWithinMs = 2_000

/** In one of several processes: hands its metrics to the process that looks after it, whenever that asks. */
export function offerMetrics(registry: Registry): void {
  process.on('message', ({ metricsWanted }: MetricsQuestion) => {
    if (metricsWanted === undefined) return
    void registry.getMetricsAsJSON().then((metrics) => {
      if (process.connected) process.send?.({ metricsOf: metricsWanted, metrics } satisfies MetricsAnswer)
    })
  })
}

/**
 * In the process that looks after others: serves what those that are ready say together, where the settings say; null where
 * they say nothing. Rejects, naming the setting, when it cannot listen.
 */
export async function startGatheredMetrics(
  settings: Settings,
  readyWorkers: () => readonly Worker[],
): Promise<MetricsServer | null> {
  if (!settings.metrics) return null
  const { AggregatorRegistry } = await import('prom-client')
  let asked = 0
  const read = async () => {
    const question: MetricsQuestion = { metricsWanted: ++asked }
    const answers = await Promise.all(readyWorkers().map((worker) => askWorker(worker, question)))
    return AggregatorRegistry.aggregate(answers.filter((answer) => answer !== null)).metrics()
  }
  return serveMetrics({ contentType: AggregatorRegistry.PROMETHEUS_CONTENT_TYPE, read }, settings.metrics)
}

function askWorker(worker: Worker, question: MetricsQuestion): Promise<MetricsAnswer['metrics'] | null> {
  return new Promise((resolve) => {
    const finish = (metrics: MetricsAnswer['metrics'] | null) => {
      clearTimeout(timer)
      worker.off('message', hear)
      resolve(metrics)
    }
    const hear = (answer: MetricsAnswer) => {
      if (answer.metricsOf === question.metricsWanted) finish(answer.metrics)
    }
    const timer = setTimeout(finish, answerWithinMs, null)
    worker.on('message', hear)
    worker.send(question, (error) => {
      if (error) finish(null)
    })
  })
}
