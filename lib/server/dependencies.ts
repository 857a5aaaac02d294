import type { Logger } from 'pino'
import type { Pool } from 'pg'
import type { WorkLimiter } from './auth/create-work-limiter'
import type { PrismaClient } from './database/generated/client'
import type { DecisionFeed } from './decision/stream-feed'
import type { AgentFile } from './front/load-agent-file'
import type { DeploymentKeys } from './keys/deployment-keys'
import type { MasterKey } from './keys/master-key'
import type { Notices } from './notices'
import type { Settings } from './settings'
import type { Tally } from './telemetry/tally'
import type { Tracing } from './telemetry/tracing'

/**
 * Everything that the use cases are wired with, made once by `server.ts` (or by the admin command when no server runs).
 *
 * Next.js gives route handlers and pages their own copy of every module, so this container lives under `globalThis`
 * and nothing in `lib/server` keeps module state or compares our classes with `instanceof`.
 */
export interface Dependencies {
  readonly settings: Settings
  /** Everything but the decision statement. Inside an interactive transaction only `tx` is used. */
  readonly prisma: PrismaClient
  /** The driver's pool below Prisma: SQL that Prisma cannot say. Embedded, it is the one connection of the process. */
  readonly pool: Pool
  /** For changes that are one statement (`runStatement`), which PostgreSQL ends when they wait too long. */
  readonly changePool: Pool
  readonly database: {
    readonly kind: 'embedded' | 'postgresql'
    /** Where the primary is now, for a connection beside the pool; undefined for the embedded database. */
    readonly url: () => string | undefined
  }
  readonly deployment: { readonly id: string; readonly trustDomain: string }
  readonly masterKey: MasterKey
  readonly keys: DeploymentKeys
  readonly notices: Notices
  /** Slow hashes of passwords go through it: two at a time on the whole process. */
  readonly passwordWork: WorkLimiter
  /** What watchers of live decisions share: one poll for all of them. */
  readonly decisionFeed: DecisionFeed
  /** The agent as this server hands it out; null where it was not built. */
  readonly agentFile: AgentFile | null
  readonly log: Logger
  /** What this process has done, in numbers; Prometheus reads it. */
  readonly tally: Tally
  /** Null unless a collector is set. */
  readonly tracing: Tracing | null
  /** The clock of the use cases; tests hand in their own. */
  readonly now: () => Date
  /**
   * SHA-256 of the token (`csl_…`) that this start left in the data directory for whoever may read it.
   * The token itself is in that file alone.
   */
  readonly localAdministratorTokenHash: Buffer
}

const slot = Symbol.for('countersign')

/** Puts the container where every copy of this module finds it. */
export function provideDependencies(dependencies: Dependencies): void {
  ;(globalThis as { [slot]?: Dependencies })[slot] = dependencies
}

/** The container. Throws while the process has not been wired, which is an error of the caller. */
export function dependencies(): Dependencies {
  const found = (globalThis as { [slot]?: Dependencies })[slot]
  if (!found)
    throw new Error('The server has not been started: dependencies() was called before provideDependencies().')
  return found
}
