import type { Decision } from '@/lib/contract/decisions'
import { parseId } from '@/lib/domain/ids'
import { done, refuse, type Outcome } from '@/lib/domain/refusal'
import type { Dependencies } from '../dependencies'
import { findDecisionRow, findRecordNames } from './decision-record-store'
import { presentDecision } from './present-decision'

/** One decision. */
export async function getDecision(deps: Dependencies, decisionId: string): Promise<Outcome<Decision>> {
  const id = parseId('dec', decisionId)
  const row = id === null ? null : await findDecisionRow(deps.prisma, id)
  if (row === null) return refuse('not_found', `There is no decision ${decisionId}, or it is no longer kept.`)
  const names = await findRecordNames(deps.prisma, [row])
  return done(presentDecision(row, names))
}
