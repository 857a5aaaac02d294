import cluster from 'node:cluster'
import pino from 'pino'
import { stop } from '@/lib/server/process/stop'
import { readSettings } from '@/lib/server/settings'

// Everything that this process writes is for its own account only.
process.umask(0o077)

const read = readSettings(process.env)
if (read.outcome === 'refused') stop(`The settings do not fit:\n${read.errors.map((error) => `  ${error}`).join('\n')}`)
const { settings } = read
const log = pino({ level: settings.logLevel }, pino.destination({ fd: 2, sync: true }))

// Each loads what it needs: a process that only looks after others stays small.
if (settings.processes > 1 && cluster.isPrimary) {
  const { superviseProcesses } = await import('@/lib/server/process/supervise-processes')
  await superviseProcesses(settings, log)
} else {
  const { runProcess } = await import('@/lib/server/process/run-process')
  await runProcess(settings, log)
}
