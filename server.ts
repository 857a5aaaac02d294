import { createHash, randomBytes } from 'node:crypto'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import path from 'node:path'
import pino from 'pino'
import { acquireDirectoryLock } from '@/lib/platform/acquire-directory-lock'
import { writePrivateFile } from '@/lib/platform/write-private-file'
import { createErrorLogger } from '@/lib/server/create-error-logger'
import { provideDependencies } from '@/lib/server/dependencies'
import { createAttemptLimiter } from '@/lib/server/enrollment/create-attempt-limiter'
import { listAcceptedAuthorities } from '@/lib/server/enrollment/list-accepted-authorities'
import { quarantineMachine } from '@/lib/server/enrollment/quarantine-machine'
import { answerCheck } from '@/lib/server/envoy/answer-check'
import { startGrpcServer } from '@/lib/server/envoy/start-grpc-server'
import { createFrontServer } from '@/lib/server/front/create-front-server'
import { openGatewayListener } from '@/lib/server/front/open-gateway-listener'
import { routeRequest } from '@/lib/server/front/route-request'
import { serveGatewaySockets } from '@/lib/server/front/serve-gateway-sockets'
import { issueSetUpLink } from '@/lib/server/operator/issue-set-up-link'
import { openDependencies } from '@/lib/server/open-dependencies'
import { projectRoot } from '@/lib/server/project-root'
import { readSettings } from '@/lib/server/settings'
import { startMaintenance } from '@/lib/server/start-maintenance'
import { startMetrics } from '@/lib/server/telemetry/start-metrics'
import { toForkEvidence } from '@/lib/server/verification/to-fork-evidence'
import { startVerificationNode, stopVerificationNode } from '@/lib/server/verification/verification-node'

// Everything that this process writes is for its own account only.
process.umask(0o077)

const read = readSettings(process.env)
if (read.outcome === 'refused') stop(`The settings do not fit:\n${read.errors.map((error) => `  ${error}`).join('\n')}`)
const { settings } = read
const log = pino({ level: settings.logLevel }, pino.destination({ fd: 2, sync: true }))

const self = { program: 'countersign server', pid: process.pid, startedAt: new Date().toISOString(), url: '' }
const locked = await acquireDirectoryLock(settings.dataDirectory, () => self).catch(stopOn)
if (locked.outcome === 'held') {
  const { pid, url } = locked.holder
  const place = typeof url === 'string' && url !== '' ? ` at ${url}` : ''
  stop(
    `Another Countersign server uses ${settings.dataDirectory}: process ${String(pid)}${place}.\n` +
      'Use that one, stop it, or set COUNTERSIGN_DATA_DIR to another directory.',
  )
}

// Whoever can read this file may administer this server from this machine; it is new with each start.
const localAdministratorToken = `csl_${randomBytes(32).toString('base64url')}`
const opened = await openDependencies(settings, {
  log,
  localAdministratorTokenHash: createHash('sha256').update(localAdministratorToken).digest(),
}).catch(stopOn)
const { dependencies, database } = opened
provideDependencies(dependencies)

const node =
  settings.role === 'console'
    ? null
    : await startVerificationNode(dependencies, {
        decisionPool: database.decisionPool,
        onFork: (sighting) => quarantineMachine(dependencies, sighting.machine.uuid, toForkEvidence(sighting)),
      })
dependencies.notices.subscribe('keys', () => void dependencies.keys.refresh())
const maintenance = startMaintenance(dependencies)
const pages = settings.role === 'verification' ? null : await preparePages()

// The port may be chosen by the system, so `front` is made right after listening; no request comes in between.
let isEnding = false
const server = createFrontServer((req, res) => {
  if (isEnding) res.shouldKeepAlive = false
  return routeRequest(front, req, res)
})
await new Promise<void>((resolve) => {
  server.once('error', (error) => stop(`Cannot listen on ${settings.host}, port ${settings.port}: ${error.message}`))
  server.listen(settings.port, settings.host, resolve)
})
const { port } = server.address() as AddressInfo
const gatewayServer =
  node && settings.gatewayTls
    ? await openGatewayListener(node, settings.gatewayTls, { host: settings.host, isEnding: () => isEnding }).catch(
        stopOn,
      )
    : null
const front = {
  dependencies,
  node,
  attempts: createAttemptLimiter(),
  authorities: listAcceptedAuthorities(settings, port),
  pages: pages?.handle ?? null,
  logError: createErrorLogger(log),
}
const { grpcPort } = settings
const grpc =
  grpcPort === undefined
    ? null
    : await startGrpcServer({ host: settings.host, port: grpcPort }, (message, metadata) =>
        answerCheck(node, message, metadata),
      ).catch((error: unknown) => stopOn(new Error(`Cannot listen on port ${grpcPort}: ${String(error)}`)))
const host = settings.host.includes(':') ? `[${settings.host}]` : settings.host
self.url = `http://${host}:${port}`
let setUpUrl: string | undefined
if (pages) {
  await writePrivateFile(path.join(settings.dataDirectory, 'admin-token'), `${localAdministratorToken}\n`)
  const setUp = await issueSetUpLink(dependencies, settings.publicUrl.replace(/:0$/, `:${port}`))
  if (setUp !== null) {
    // On standard output, not in the log: logs are kept and shipped.
    process.stdout.write(
      `\nNobody administers this deployment yet. Open this link within 24 hours; it works once:\n\n  ${setUp.url}\n\n` +
        `It also stands in ${setUp.file}. Each start makes a new one.\n\n`,
    )
  }
  setUpUrl = setUp?.url
}
const gatewaySockets = await serveGatewaySockets(settings.gatewaySockets, (req, res, proof) => {
  if (isEnding) res.shouldKeepAlive = false
  return routeRequest(front, req, res, proof)
}).catch(stopOn)
const metrics = await startMetrics(dependencies, node).catch(stopOn)
const { role, publicUrl } = settings
log.info(
  { role, url: self.url, ...(grpcPort && { grpcPort }), publicUrl, database: database.kind, metrics: metrics?.url },
  'Countersign is ready',
)
process.send?.({ ready: true, url: self.url, ...(setUpUrl && { setUpUrl }) })

/** Next.js, which a node that only verifies never loads: it costs time at the start and on every decision. */
async function preparePages(): Promise<{
  handle: (req: IncomingMessage, res: ServerResponse) => Promise<void>
  close(): Promise<void>
}> {
  // next-auth would believe X-Forwarded-Host without it.
  process.env.NEXTAUTH_URL = settings.publicUrl
  delete process.env.AUTH_TRUST_HOST
  const { default: next } = await import('next')
  // It adds an upgrade listener to the server it is given, after which upgrades hang: it gets one that listens nowhere.
  const app = next({ dev: false, dir: projectRoot(), httpServer: createServer(), quiet: true })
  await app.prepare()
  const handle = app.getRequestHandler()
  return { handle: (req, res) => handle(req, res), close: () => app.close() }
}

/** Gateways that ask one thing after the other learn from the next answer that this connection ends. */
const partingMs = 250
/** Open requests are waited for until here. */
const finishingMs = 5_000
/** And whatever hangs then, such as a frozen database, is left. */
const longestEndMs = 9_000

/** Ends without losing an answer: no new connections, open requests answered, batches committed, denials written. */
async function close(): Promise<void> {
  setTimeout(
    () => stop('The database did not let go in time. No answer was lost; some denials may not be on record.'),
    longestEndMs,
  ).unref()
  isEnding = true
  dependencies.decisionFeed.close()
  await new Promise((resolve) => setTimeout(resolve, partingMs))
  const servers = gatewayServer ? [server, gatewayServer] : [server]
  const closed = Promise.all([
    ...servers.map((each) => new Promise((resolve) => each.close(resolve))),
    grpc?.stop(),
    gatewaySockets.close(),
  ])
  await Promise.race([closed, new Promise((resolve) => setTimeout(resolve, finishingMs).unref())])
  for (const each of servers) each.closeAllConnections()
  gatewaySockets.closeAllConnections()
  grpc?.close()
  await maintenance.stop()
  await metrics?.close()
  if (node) await stopVerificationNode(node)
  await pages?.close()
  await opened.close()
  if (locked.outcome === 'acquired') await locked.lock.release()
  process.exit(0)
}

// Every time, not once: Ctrl-C comes from the terminal and again from whoever started us, and must not cut the end short.
for (const signal of ['SIGTERM', 'SIGINT'] as const) {
  process.on(signal, () => {
    if (isEnding) return
    log.info({ signal }, 'Countersign is stopping')
    void close()
  })
}

function stopOn(error: unknown): never {
  stop(error instanceof Error ? error.message : String(error))
}

function stop(words: string): never {
  process.stderr.write(`${words}\n`)
  process.exit(1)
}
