import type { Pool, PoolClient } from 'pg'
import { createErrorLogger } from '../create-error-logger'
import { checkDatabaseSettings } from '../database/check-database-settings'
import type { Dependencies } from '../dependencies'
import { checkDatabaseIdentity } from '../keys/check-database-identity'
import { DecisionBatcher } from './decision-batcher'
import { DenialRecorder } from './denial-recorder'
import { writeDenials } from './denial-store'
import { EpochKeys } from './epoch-keys'
import { FailureBudget } from './failure-budget'
import { MachineDirectory } from './machine-directory'
import { ServiceDirectory } from './service-directory'
import type { MachineRecord } from './verification-types'

/** What a fork was seen by; the machine is quarantined on it (protocol.md, section 8). */
export interface ForkSighting {
  readonly machine: MachineRecord
  readonly generation: number
  readonly useKey: string
  readonly detail: string
  readonly sourceAddress: string | undefined
  /** The allow that used the same number first, where there is one. */
  readonly earlierDecisionId: string | null
}

/** Everything that a decision needs, in memory. One per process; without module state. */
export interface VerificationNode {
  readonly services: ServiceDirectory
  readonly machines: MachineDirectory
  readonly epochKeys: EpochKeys
  readonly failures: FailureBudget
  readonly batcher: DecisionBatcher
  readonly denials: DenialRecorder
  readonly dependencies: Dependencies
  readonly deadlineMs: number
  readonly reportFork: (sighting: ForkSighting) => void
  /** One line a second for each kind of failure. */
  readonly logError: (what: string, error: Error) => void
}

/** Wires the verification path and reads the services once, so that the first request finds them. */
export async function startVerificationNode(
  dependencies: Dependencies,
  options: { readonly decisionPool: Pool; readonly onFork: (sighting: ForkSighting) => Promise<unknown> },
): Promise<VerificationNode> {
  const { pool, deployment, keys, notices, settings, log, database, tally, tracing } = dependencies
  const isEmbedded = database.kind === 'embedded'
  const services = new ServiceDirectory(pool)
  notices.subscribe('services', () => void services.reload(true).catch(() => undefined))
  await services.reload(true)
  const logError = createErrorLogger(log)
  return {
    services,
    machines: new MachineDirectory(pool, deployment.trustDomain),
    epochKeys: new EpochKeys(keys, deployment.trustDomain),
    failures: new FailureBudget(),
    batcher: new DecisionBatcher(options.decisionPool, {
      lanes: isEmbedded ? 1 : 2,
      canReplaceConnection: !isEmbedded,
      // The embedded database is this process's own, and its one connection is in use here.
      onNewConnection: isEmbedded ? () => Promise.resolve() : (client) => inspectDatabase(dependencies, client),
      onError: (error) => {
        tally.databaseErrors.decision++
        logError('A batch of decisions failed', error)
      },
      onBatch: (rows, startedMs) => {
        tally.batchRows.observe(rows)
        tally.batchSeconds.observe((performance.now() - startedMs) / 1000)
        tracing?.record({
          name: 'decision.batch',
          startedMs,
          attributes: { 'countersign.rows': rows },
          isFailure: false,
        })
      },
    }),
    denials: new DenialRecorder(
      (rows) => writeDenials(pool, rows),
      (error) => {
        tally.databaseErrors.denial++
        logError('Denials could not be written', error)
      },
      () => tally.deniedAndFolded++,
    ),
    dependencies,
    deadlineMs: settings.decisionDeadlineMs,
    logError,
    reportFork: (sighting) => {
      options.onFork(sighting).catch((error: unknown) => logError('A quarantine failed', error as Error))
    },
  }
}

/** A new connection may lead to another server than the last one: a standby, a promoted one, a restored one. */
async function inspectDatabase({ prisma, log, now }: Dependencies, client: PoolClient): Promise<void> {
  await checkDatabaseSettings(client)
  await checkDatabaseIdentity({ prisma, log, now })
}

/** Ends the node: what was asked is answered, what was answered is written. */
export async function stopVerificationNode(node: VerificationNode): Promise<void> {
  await node.batcher.drained()
  await node.denials.stop()
}
