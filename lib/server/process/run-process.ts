import cluster from 'node:cluster'
import { createHash, randomBytes } from 'node:crypto'
import type { AddressInfo } from 'node:net'
import path from 'node:path'
import type { Logger } from 'pino'
import { writePrivateFile } from '@/lib/platform/write-private-file'
import { createErrorLogger } from '../create-error-logger'
import { provideDependencies } from '../dependencies'
import { createAttemptLimiter } from '../enrollment/create-attempt-limiter'
import { listAcceptedAuthorities } from '../enrollment/list-accepted-authorities'
import { quarantineMachine } from '../enrollment/quarantine-machine'
import { answerCheck } from '../envoy/answer-check'
import { startGrpcServer } from '../envoy/start-grpc-server'
import { createFrontServer } from '../front/create-front-server'
import { openGatewayListener } from '../front/open-gateway-listener'
import { routeRequest, type Front } from '../front/route-request'
import { serveGatewaySockets } from '../front/serve-gateway-sockets'
import { openDependencies } from '../open-dependencies'
import { issueSetUpLink } from '../operator/issue-set-up-link'
import type { Settings } from '../settings'
import { startMaintenance } from '../start-maintenance'
import { startMetrics } from '../telemetry/start-metrics'
import { toForkEvidence } from '../verification/to-fork-evidence'
import { startVerificationNode, stopVerificationNode } from '../verification/verification-node'
import { lockDataDirectory } from './lock-data-directory'
import { onEndSignal } from './on-end-signal'
import { preparePages } from './prepare-pages'
import { spareCollector } from './spare-collector'
import { stop, stopOn } from './stop'

/** Gateways that ask one thing after the other learn from the next answer that this connection ends. */
const partingMs = 250
/** Open requests are waited for until here. */
const finishingMs = 5_000
/** And whatever hangs then, such as a frozen database, is left. */
const longestEndMs = 9_000

/**
 * Runs Countersign in this process until SIGTERM or SIGINT, which end it without losing an answer. Where several processes
 * share the port, the one that looks after them holds the data directory and the paths of sockets, and listens for metrics.
 */
export async function runProcess(settings: Settings, log: Logger): Promise<void> {
  if (settings.role === 'verification') spareCollector()
  const isOneOfSeveral = settings.processes > 1 && cluster.isWorker
  const held = isOneOfSeveral ? null : await lockDataDirectory(settings.dataDirectory)

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
  const logError = createErrorLogger(log)
  dependencies.notices.subscribe('keys', () => {
    dependencies.keys.refresh().catch((error: unknown) => logError('Keys could not be read again', error as Error))
  })
  const maintenance = startMaintenance(dependencies)

  const pages = settings.role === 'verification' ? null : await preparePages(settings.publicUrl)

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
  const front: Front = {
    dependencies,
    node,
    attempts: createAttemptLimiter(),
    authorities: listAcceptedAuthorities(settings, port),
    pages: pages?.handle ?? null,
    logError,
  }
  const gatewayServer =
    node && settings.gatewayTls
      ? await openGatewayListener(node, settings.gatewayTls, { host: settings.host, isEnding: () => isEnding }).catch(
          stopOn,
        )
      : null
  const { grpcPort } = settings
  const grpc =
    grpcPort === undefined
      ? null
      : await startGrpcServer({ host: settings.host, port: grpcPort }, (message, metadata) =>
          answerCheck(node, message, metadata),
        ).catch((error: unknown) => stopOn(new Error(`Cannot listen on port ${grpcPort}: ${String(error)}`)))
  const host = settings.host.includes(':') ? `[${settings.host}]` : settings.host
  const url = `http://${host}:${port}`
  if (held) held.holder.url = url
  let setUpUrl: string | undefined
  if (pages) {
    await writePrivateFile(path.join(settings.dataDirectory, 'admin-token'), `${localAdministratorToken}\n`)
    const setUp = await issueSetUpLink(dependencies, settings.publicUrl)
    if (setUp !== null) {
      // On standard output, not in the log: logs are kept and shipped.
      process.stdout.write(
        `\nNobody administers this deployment yet. Open this link within 24 hours; it works once:\n\n  ${setUp.url}\n\n` +
          `It also stands in ${setUp.file}. Each start makes a new one.\n\n`,
      )
    }
    setUpUrl = setUp?.url
  }
  const gatewaySockets = await serveGatewaySockets(
    settings.gatewaySockets,
    (req, res, proof) => {
      if (isEnding) res.shouldKeepAlive = false
      return routeRequest(front, req, res, proof)
    },
    { isShared: isOneOfSeveral },
  ).catch(stopOn)
  const metrics = await startMetrics(dependencies, node, { isGathered: isOneOfSeveral }).catch(stopOn)
  const { role, publicUrl } = settings
  log.info(
    { role, url, ...(grpcPort && { grpcPort }), publicUrl, database: database.kind, metrics: metrics?.url },
    'Countersign is ready',
  )
  process.send?.({ ready: true, url, ...(setUpUrl && { setUpUrl }) })

  /** Ends without losing an answer: no new connections, open requests answered, batches committed, denials written. */
  const end = async (): Promise<void> => {
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
      gatewaySockets.close(),
      grpc?.stop(),
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
    await held?.lock.release()
    process.exit(0)
  }
  onEndSignal((signal) => {
    log.info({ signal }, 'Countersign is stopping')
    void end()
  })
}
