import cluster, { type Worker } from 'node:cluster'
import type { Logger } from 'pino'
import { claimSocketPath } from '@/lib/platform/claim-socket-path'
import type { Settings } from '../settings'
import { startGatheredMetrics } from '../telemetry/gather-metrics'
import { lockDataDirectory } from './lock-data-directory'
import { onEndSignal } from './on-end-signal'
import { stop, stopOn } from './stop'

/** A process that ended by itself is replaced after this time: at once would spin when each ends at its start. */
const replacedAfterMs = 1_000
/** Each ends by itself within nine seconds. */
const longestEndMs = 9_500

/**
 * Runs `settings.processes` processes that share the port, the sockets and nothing else: each is a verification node with its
 * own connections to the database, and what holds for several nodes holds for them. This one decides nothing. It hands out
 * connections in turn (a gateway keeps few of them, so none may be left with one busy process), replaces a process that
 * ended by itself, and serves what all of them measure. Until SIGTERM or SIGINT, which end them without losing an answer.
 */
export async function superviseProcesses(settings: Settings, log: Logger): Promise<void> {
  const held = await lockDataDirectory(settings.dataDirectory)
  const claimed = await Promise.all(settings.gatewaySockets.map(({ path }) => claimSocketPath(path))).catch(stopOn)
  const running = new Set<Worker>()
  const ready = new Set<Worker>()
  const metrics = await startGatheredMetrics(settings, () => Array.from(ready)).catch(stopOn)
  const waiting = new Set<NodeJS.Timeout>()
  let isEnding = false
  cluster.schedulingPolicy = cluster.SCHED_RR

  /** Resolves with the process's address; null when it ended before it was ready. */
  const start = () =>
    new Promise<string | null>((resolve) => {
      const worker = cluster.fork()
      running.add(worker)
      worker.on('message', (message: { ready?: true; url: string }) => {
        if (!message.ready) return
        ready.add(worker)
        resolve(message.url)
      })
      worker.once('exit', (code, signal) => {
        running.delete(worker)
        const wasReady = ready.delete(worker)
        resolve(null)
        // One that never was ready while all are started for the first time ends everything, below.
        if (isEnding || (!wasReady && held.holder.url === '')) return
        log.error({ endedPid: worker.process.pid, code, signal }, 'A process ended by itself and is replaced')
        const timer = setTimeout(() => {
          waiting.delete(timer)
          if (!isEnding) void start()
        }, replacedAfterMs)
        waiting.add(timer)
      })
    })

  onEndSignal((signal) => {
    isEnding = true
    log.info({ signal }, 'Countersign is stopping')
    void end()
  })
  const end = async () => {
    for (const timer of waiting) clearTimeout(timer)
    const ended = Array.from(running, (worker) => {
      // One that is still starting has nothing to lose, and no word in how this ends.
      const isReady = ready.has(worker)
      const exited = new Promise<number>((resolve) => worker.once('exit', (code) => resolve(isReady ? code : 0)))
      worker.process.kill(isReady ? 'SIGTERM' : 'SIGKILL')
      return exited
    })
    const timer = setTimeout(() => {
      for (const worker of running) worker.process.kill('SIGKILL')
    }, longestEndMs)
    const codes = await Promise.all(ended)
    clearTimeout(timer)
    await metrics?.close()
    await Promise.all(claimed.map((path) => path.release()))
    await held.lock.release()
    process.exit(codes.every((code) => code === 0) ? 0 : 1)
  }

  // What does not fit is said once, by the first; and of two processes only one would migrate the tables anyway.
  const url = await start()
  const others = url === null ? [] : await Promise.all(Array.from({ length: settings.processes - 1 }, start))
  if (isEnding) return
  if (url === null || others.includes(null)) stop('A process ended at its start; what it said is above.')
  held.holder.url = url
  log.info({ url, processes: settings.processes, metrics: metrics?.url }, 'Countersign is ready')
  process.send?.({ ready: true, url })
}
