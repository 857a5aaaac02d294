import { overviewMinutes, shownDenials, shownReasons, type Overview } from '@/lib/contract/overview'
import { decisionOutcomes } from '@/lib/domain/decision/decision-outcome'
import { machineStates } from '@/lib/domain/machine/machine-state'
import { done, type Outcome } from '@/lib/domain/refusal'
import { oneOf } from '../audit/read-stored'
import { readCounted } from '../count/count-store'
import { findRecordNames, listDecisionRows } from '../decision/decision-record-store'
import { presentDecision } from '../decision/present-decision'
import type { Dependencies } from '../dependencies'
import {
  countDecisionsByMinute,
  countDenialReasons,
  countMachinesByState,
  readSetUp,
  type MinuteCountRow,
} from './overview-store'

const minuteMs = 60_000

/** What an operator wants to know first. Every question is bounded by time or ends at its first rows. */
export async function getOverview(deps: Dependencies): Promise<Outcome<Overview>> {
  const { prisma } = deps
  const now = deps.now()
  const since = new Date(Math.floor(now.getTime() / minuteMs) * minuteMs - (overviewMinutes - 1) * minuteMs)
  const states = await countMachinesByState(prisma, now)
  const { minutes, denialReasons } = await readCounted(prisma, async (tx, edge) => ({
    minutes: await countDecisionsByMinute(tx, edge, since),
    denialReasons: await countDenialReasons(tx, edge, since, shownReasons),
  }))
  const denials = await listDecisionRows(prisma, { outcome: 'denied', limit: shownDenials })
  const names = await findRecordNames(prisma, denials)
  const counts = new Map(states.map((row) => [oneOf(machineStates, row.state), row.count]))
  return done({
    at: now.toISOString(),
    machinesByState: {
      pending: counts.get('pending') ?? 0,
      active: counts.get('active') ?? 0,
      suspended: counts.get('suspended') ?? 0,
      quarantined: counts.get('quarantined') ?? 0,
      expired: counts.get('expired') ?? 0,
      revoked: counts.get('revoked') ?? 0,
    },
    minutes: fillMinutes(minutes, since),
    denialReasons,
    latestDenials: denials.map((row) => presentDecision(row, names)),
    setUp: await readSetUp(prisma),
  })
}

/** Every minute, also those in which nothing happened. */
function fillMinutes(rows: readonly MinuteCountRow[], since: Date): Overview['minutes'] {
  const minutes = Array.from({ length: overviewMinutes }, (_, index) => ({
    at: new Date(since.getTime() + index * minuteMs).toISOString(),
    allowed: 0,
    denied: 0,
    observed: 0,
  }))
  for (const row of rows) {
    const minute = minutes[Math.round((row.minute.getTime() - since.getTime()) / minuteMs)]
    // A database clock ahead of ours has minutes that have not begun here.
    if (minute) minute[oneOf(decisionOutcomes, row.outcome)] += row.count
  }
  return minutes
}
