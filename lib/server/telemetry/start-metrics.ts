import type { Dependencies } from '../dependencies'
import { readVersion } from '../project-root'
import type { VerificationNode } from '../verification/verification-node'
import { createDatabaseGauges } from './read-database-gauges'
import { serveMetrics, type MetricsServer } from './serve-metrics'

/**
 * Serves this process's metrics where the settings say; null where they say nothing.
 * Input: the verification node, null on a node that decides nothing. Rejects, naming the setting, when it cannot listen.
 */
export async function startMetrics(deps: Dependencies, node: VerificationNode | null): Promise<MetricsServer | null> {
  const place = deps.settings.metrics
  if (!place) return null
  const sources = {
    tally: deps.tally,
    verification: node && {
      queueDepth: () => node.batcher.queueDepth(),
      busyLanes: () => node.batcher.busyLanes(),
      waitingDenials: () => node.denials.waiting(),
    },
    database: createDatabaseGauges(deps),
    feedListeners: () => deps.decisionFeed.listeners(),
    build: { version: await readVersion(), database: deps.database.kind, role: deps.settings.role },
  }
  return serveMetrics(sources, place).catch((error: unknown) => {
    const reason = error instanceof Error ? error.message : String(error)
    throw new Error(`Cannot serve metrics on ${place.host}, port ${place.port} (COUNTERSIGN_METRICS_PORT): ${reason}`)
  })
}
