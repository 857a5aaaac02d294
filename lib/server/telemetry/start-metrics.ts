import type { Dependencies } from '../dependencies'
import { readVersion } from '../project-root'
import type { VerificationNode } from '../verification/verification-node'
import { createMetricsRegistry } from './create-metrics-registry'
import { offerMetrics } from './gather-metrics'
import { createDatabaseGauges } from './read-database-gauges'
import { serveMetrics, type MetricsServer } from './serve-metrics'

/**
 * Serves this process's metrics where the settings say; null where they say nothing, and where they are gathered by the
 * process that looks after this one (`isGathered`).
 * Input: the verification node, null on a node that decides nothing. Rejects, naming the setting, when it cannot listen.
 */
export async function startMetrics(
  deps: Dependencies,
  node: VerificationNode | null,
  { isGathered }: { readonly isGathered: boolean },
): Promise<MetricsServer | null> {
  const place = deps.settings.metrics
  if (!place) return null
  const registry = await createMetricsRegistry({
    tally: deps.tally,
    verification: node && {
      queueDepth: () => node.batcher.queueDepth(),
      busyLanes: () => node.batcher.busyLanes(),
      waitingDenials: () => node.denials.waiting(),
    },
    database: createDatabaseGauges(deps),
    feedListeners: () => deps.decisionFeed.listeners(),
    build: { version: await readVersion(), database: deps.database.kind, role: deps.settings.role },
  })
  if (isGathered) {
    offerMetrics(registry)
    return null
  }
  return serveMetrics({ contentType: registry.contentType, read: () => registry.metrics() }, place)
}
