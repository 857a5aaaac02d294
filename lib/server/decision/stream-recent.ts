import type { Decision } from '@/lib/contract/decisions'
import { decisionOutcomes } from '@/lib/domain/decision/decision-outcome'
import type { PrismaClient } from '../database/generated/client'
import { findRecordNames, listDecisionRows } from './decision-record-store'
import type { DecisionRow } from './decision-row-store'
import { presentDecision } from './present-decision'

/** Longer than a batch takes from its instant to its commit. */
const allowedWindowMs = 10_000
/** A fold of denials carries the instant of its first request for up to a minute (`DenialRecorder`). */
const deniedWindowMs = 75_000
export const maxRecent = 300

/** What was recorded lately, as far as it can still be new to somebody: rows, and how the API shows those that are. */
export interface RecentDecisions {
  /** Newest first, at most `maxRecent` of each outcome. */
  readonly rows: readonly { readonly id: string; readonly at: Date }[]
  readonly present: (ids: ReadonlySet<string>) => Promise<Decision[]>
}

export async function readRecentDecisions(prisma: PrismaClient, now: Date): Promise<RecentDecisions> {
  const since = (ms: number) => new Date(now.getTime() - ms)
  const rows: DecisionRow[] = []
  for (const outcome of decisionOutcomes) {
    const window = outcome === 'allowed' ? allowedWindowMs : deniedWindowMs
    rows.push(...(await listDecisionRows(prisma, { outcome, since: since(window), limit: maxRecent })))
  }
  return {
    rows,
    present: (ids) =>
      presentRows(
        prisma,
        rows.filter((row) => ids.has(row.id)),
      ),
  }
}

/** For one that comes back: what was recorded since a decision, oldest first. Some of it may have arrived before. */
export async function readDecisionsSince(prisma: PrismaClient, uuid: string, limit: number): Promise<Decision[]> {
  const madeMs = parseInt(uuid.replaceAll('-', '').slice(0, 12), 16)
  const rows = await listDecisionRows(prisma, { since: new Date(madeMs - allowedWindowMs), limit })
  return presentRows(prisma, rows)
}

async function presentRows(prisma: PrismaClient, rows: readonly DecisionRow[]): Promise<Decision[]> {
  const names = await findRecordNames(prisma, rows)
  const oldestFirst = [...rows].sort((a, b) => a.atText.localeCompare(b.atText))
  return oldestFirst.map((row) => presentDecision(row, names))
}
