import type { KeyObject } from 'node:crypto'
import { UnreachableError } from '../agent-error'
import type { MachineAnswer } from '../server/parse-answer-claims'
import type { MachineStateFile } from '../store/machine-state-file'
import { exportAgreementPublicJwk, exportPrivateJwk, generatePrivateKey, importPrivateJwk } from '../store/private-keys'
import { createLiveGeneration, type LiveGeneration } from './live-generation'
import { requestRenewal } from './request-renewal'
import { SEQUENCE_BLOCK, SequenceNumbers } from './sequence-numbers'

/** Moments of a renewal; a test ends the process at each. */
export type RenewalStep = 'renewal-begun' | 'renewal-keys-written' | 'renewal-answered' | 'renewal-committed'

export type AtRenewalStep = (step: RenewalStep) => void | Promise<void>

/** The generation that this process obtained, with its numbers; both are replaced at once. */
export interface CurrentGeneration {
  readonly live: LiveGeneration
  readonly numbers: SequenceNumbers
}

/** Replaces the keys of a machine so that a crash at any moment neither locks it out nor makes it look copied. */
export class GenerationKeeper {
  readonly #file: MachineStateFile
  readonly #onAnswer: (answer: MachineAnswer) => void
  readonly #atStep: AtRenewalStep
  #current: CurrentGeneration | null = null
  /** Of the pending renewal, when this process began it. */
  #pendingAgreementKey: KeyObject | null = null
  #renewal: Promise<void> | null = null

  constructor(file: MachineStateFile, onAnswer: (answer: MachineAnswer) => void, atStep: AtRenewalStep) {
    this.#file = file
    this.#onAnswer = onAnswer
    this.#atStep = atStep
  }

  /** Null until the first renewal of this process: keys found on disk sign a renewal and nothing else. */
  get current(): CurrentGeneration | null {
    return this.#current
  }

  /**
   * Calls at the same time share one renewal.
   *
   * @param nowSeconds the service's time, when this process knows it
   */
  renew(nowSeconds: () => number | undefined, signal?: AbortSignal): Promise<void> {
    this.#renewal ??= this.#renew(nowSeconds, signal).finally(() => {
      this.#renewal = null
    })
    return this.#renewal
  }

  async settled(): Promise<void> {
    await this.#renewal?.catch(() => undefined)
  }

  async #renew(nowSeconds: () => number | undefined, signal?: AbortSignal): Promise<void> {
    // A renewal that another process began: its answer tells which generation the service is at. The private agreement
    // key of that generation died with the process, so it is only a step to the next one.
    if (this.#file.state.pendingRenewal !== null && this.#pendingAgreementKey === null) {
      await this.#exchange(null, nowSeconds, signal)
    }
    if (this.#file.state.pendingRenewal === null) await this.#begin()
    await this.#exchange(this.#pendingAgreementKey, nowSeconds, signal)
  }

  async #begin(): Promise<void> {
    await this.#atStep('renewal-begun')
    const signingKey = generatePrivateKey('Ed25519')
    const agreementKey = generatePrivateKey('X25519')
    const pendingRenewal = {
      signingKey: exportPrivateJwk(signingKey),
      agreementKey: exportAgreementPublicJwk(agreementKey),
    }
    await this.#file.write((state) => ({ ...state, pendingRenewal }))
    this.#pendingAgreementKey = agreementKey
    await this.#atStep('renewal-keys-written')
  }

  /** Sends the pending renewal, writes down what it gave, and only then uses it. */
  async #exchange(
    agreementKey: KeyObject | null,
    nowSeconds: () => number | undefined,
    signal?: AbortSignal,
  ): Promise<void> {
    const numbers = this.#current?.numbers
    await numbers?.reserveAhead()
    // The message states the highest number of this generation. Until it is known to have had no effect, no higher
    // number may be used: the service would take it for a copy's.
    const isFirstTry = numbers?.freeze() ?? false
    await numbers?.settled()
    let answer: MachineAnswer
    try {
      answer = await requestRenewal(this.#file.state, nowSeconds(), signal)
    } catch (error) {
      if (isFirstTry && error instanceof UnreachableError && !error.mayHaveArrived) numbers?.thaw()
      throw error
    }
    await this.#atStep('renewal-answered')
    await this.#commit(answer, agreementKey)
    await this.#atStep('renewal-committed')
  }

  async #commit(answer: MachineAnswer, agreementKey: KeyObject | null): Promise<void> {
    const pending = this.#file.state.pendingRenewal
    if (pending === null) throw new Error('Only a pending renewal is committed.')
    const { machine, trustDomain, assertionKeys, expiresAt, renewAfterSeconds } = answer
    const { generation, requestAlgorithm } = machine
    const lastSeq = agreementKey === null ? 0 : SEQUENCE_BLOCK
    await this.#file.write((state) => ({
      ...state,
      ...{ trustDomain, assertionKeys, expiresAt, renewAfterSeconds, generation, requestAlgorithm, lastSeq },
      name: machine.name,
      spiffeId: machine.spiffeId,
      signingKey: pending.signingKey,
      pendingRenewal: null,
    }))
    this.#pendingAgreementKey = null
    if (agreementKey !== null) {
      const signingKey = importPrivateJwk(pending.signingKey)
      const { generatorKey } = answer
      this.#current = {
        live: createLiveGeneration({
          machineId: machine.id,
          ...{ generation, trustDomain, requestAlgorithm, signingKey, agreementKey, generatorKey },
        }),
        numbers: new SequenceNumbers(lastSeq, (highest) =>
          this.#file.write((state) => (state.generation === generation ? { ...state, lastSeq: highest } : state)),
        ),
      }
    }
    this.#onAnswer(answer)
  }
}
