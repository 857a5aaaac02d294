import { refuse, type Refusal } from '@/lib/domain/refusal'
import type { Transaction } from '../audit/transaction'
import { decideRenewal } from './decide-renewal'
import { lockMachineGenerations, replaceGeneration, type GenerationRow, type MachineRow } from './enrollment-store'
import type { ForkEvidence } from './fork-evidence'
import { findLastUse, findRecentUseAbove, type UsedSequence } from './fork-store'
import { recordFork } from './record-fork'
import { renewedTwice, usedAbove } from './renewal-fork-evidence'
import type { VerifiedRenewal } from './verify-renewal'

export type RenewalOutcome =
  | { readonly outcome: 'renewed' | 'repeated'; readonly machine: MachineRow; readonly generation: GenerationRow }
  /** The transaction has quarantined the machine, and commits. */
  | { readonly outcome: 'quarantined'; readonly refusal: Refusal }
  | Refusal

export interface RenewalInput {
  readonly renewal: VerifiedRenewal
  /** The generator that the next generation will be bound to. */
  readonly generatorKid: string
  /** What `findUseAbove` found before the transaction; null when the generation was not current then. */
  readonly search: { readonly found: UsedSequence | null; readonly searchedFrom: Date } | null
  /** `dep_…` */
  readonly deploymentId: string
  readonly peerAddress: string
  readonly requestId: string
  readonly now: Date
}

/**
 * Applies a verified renewal under the machine's lock: replaces the generation, finds that it was replaced by this very
 * renewal, or records a fork. May run twice (see `runChange`).
 */
export async function applyRenewal(tx: Transaction, input: RenewalInput): Promise<RenewalOutcome> {
  const { renewal, generatorKid, search, peerAddress, now } = input
  const stands = await lockMachineGenerations(tx, renewal.machineId, renewal.generation)
  if (!stands?.signing) return refuse('machine_unknown', 'The machine is gone.')
  const { machine, signing, following } = stands
  const { lastSeq, reported, keys } = renewal.body
  const next = {
    signingJwk: keys.signing.jwk,
    signingThumbprint: keys.signing.thumbprint,
    agreementJwk: keys.agreement.jwk,
    agreementThumbprint: keys.agreement.thumbprint,
    generatorKid,
  }
  const decision = decideRenewal({ machine, signing, following }, next, now)
  switch (decision.outcome) {
    case 'refused':
      return decision
    case 'repeat':
      return { outcome: 'repeated', machine, generation: decision.generation }
    case 'fork': {
      const lastUse = await findLastUse(tx, machine.id)
      return deny(tx, input, renewedTwice(renewal, peerAddress, decision.supersededAt, lastUse, now))
    }
    case 'renew': {
      const used = search?.found ?? (await findRecentUseAbove(tx, renewal, lastSeq, search?.searchedFrom ?? null))
      if (used) return deny(tx, input, usedAbove(renewal, peerAddress, used, now))
      const renewed = await replaceGeneration(tx, { machine, next, lastSeq, reported, now })
      if (!renewed) return refuse('generation_conflict', 'Another renewal was faster.')
      return { outcome: 'renewed', ...renewed }
    }
  }
}

async function deny(tx: Transaction, input: RenewalInput, evidence: ForkEvidence): Promise<RenewalOutcome> {
  const { renewal, deploymentId, requestId, now } = input
  const outcome = await recordFork(tx, { machineId: renewal.machineId, deploymentId, evidence, now, requestId })
  const seen = 'Two copies of this machine were seen'
  if (outcome === 'storm') return refuse('generation_conflict', `${seen}, as of many others. An operator decides.`)
  return {
    outcome: 'quarantined',
    refusal: refuse('machine_quarantined', `${seen}. An operator has to look at both.`),
  }
}
