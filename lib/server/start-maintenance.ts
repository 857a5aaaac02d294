import { forgetOldSignIns } from './auth/forget-old-sign-ins'
import { startCounting } from './count/start-counting'
import { maintainPartitions } from './database/maintain-partitions'
import type { Dependencies } from './dependencies'
import { destroyUnusedGenerators } from './keys/destroy-unused-generators'

const everyMs = 15 * 60 * 1000

/** What has to be done now and then, on any node: counts, partitions, generator keys that nothing uses, old sign-ins. */
export function startMaintenance(dependencies: Dependencies): { stop(): Promise<void> } {
  const counting = startCounting(dependencies)
  const { pool, settings, log } = dependencies
  const run = async () => {
    const { made, dropped } = await maintainPartitions(pool, settings.retentionDays)
    if (made.length + dropped.length > 0) log.info({ made, dropped }, 'Partitions maintained')
    await destroyUnusedGenerators(dependencies)
    await forgetOldSignIns(dependencies)
  }
  const timer = setInterval(() => {
    run().catch((error: unknown) => log.error({ err: error }, 'Maintenance failed; it is tried again'))
  }, everyMs)
  timer.unref()
  return {
    stop() {
      clearInterval(timer)
      return counting.stop()
    },
  }
}
