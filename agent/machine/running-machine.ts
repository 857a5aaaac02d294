import { randomBytes } from 'node:crypto'
import { setTimeout as wait } from 'node:timers/promises'
import {
  formatSequenceNonce,
  signMachineMessage,
  signRequestCredential,
  type HttpField,
  type Scheme,
} from '@/lib/protocol'
import { refused, UnreachableError } from '../agent-error'
import type { ServiceEntry } from '../server/parse-answer-claims'
import { createServerClock, type ServerClock } from '../server/server-clock'
import type { MachineState } from '../store/machine-state'
import { MachineStateFile } from '../store/machine-state-file'
import type { KeyStore } from '../store/open-key-store'
import { assertMaySign } from './assert-may-sign'
import { findService } from './find-service'
import { GenerationKeeper, type AtRenewalStep } from './generation-keeper'
import type { LiveGeneration } from './live-generation'
import { requestServiceList } from './request-service-list'

export interface RequestToSign {
  readonly method: string
  readonly scheme: Scheme
  readonly authority: string
  readonly target: string
  readonly path: string
  readonly headers: readonly HttpField[]
  /** SHA-256 of the body; absent when there is none. */
  readonly bodyDigest?: Uint8Array | undefined
}

const CREDENTIAL_LIFETIME_SECONDS = 60
/** Service lists and times that somebody's answer asked for are fetched at most once in this time. */
const MIN_REFRESH_INTERVAL_MS = 10_000
/** A caller that comes while the agent starts waits for the first renewal this long. */
const FIRST_RENEWAL_WAIT_MS = 5_000

/** The machine while a process holds its state directory: renews it, and signs with the generation that it obtained. */
export class RunningMachine {
  readonly #file: MachineStateFile
  readonly #keeper: GenerationKeeper
  #clock: ServerClock | null = null
  #services: readonly ServiceEntry[] = []
  #refreshedAt = Number.NEGATIVE_INFINITY

  /** @param atStep is told the moments of a renewal before the next one begins */
  constructor(store: KeyStore, state: MachineState, atStep: AtRenewalStep = () => undefined) {
    this.#file = new MachineStateFile(store, state)
    this.#keeper = new GenerationKeeper(
      this.#file,
      (answer) => {
        this.#clock = createServerClock(answer.serverTimeMs)
        this.#services = answer.services
      },
      atStep,
    )
  }

  get state(): MachineState {
    return this.#file.state
  }

  get services(): readonly ServiceEntry[] {
    return this.#services
  }

  /** The generation that signs, and the numbers it gave out; undefined before the first renewal. */
  get signing(): { generation: number; usedNumbers: number } | undefined {
    const current = this.#keeper.current
    return current === null ? undefined : { generation: current.live.generation, usedNumbers: current.numbers.used }
  }

  /** Replaces the keys; the first one gives this process a generation that can sign. */
  renew(signal?: AbortSignal): Promise<void> {
    return this.#keeper.renew(() => this.#clock?.nowSeconds(), signal)
  }

  /** Makes a credential for one request and returns the header lines to add to it. */
  async sign(request: RequestToSign): Promise<HttpField[]> {
    assertMaySign(this.state.serverUrl, request)
    if (this.#keeper.current === null) await this.#firstRenewal()
    if (this.#clock?.hasSlept() === true) await this.refresh('time').catch(ignoreUnreachable)
    const service = await this.#findService(request)
    const { live, seq } = await this.#takeNumber()
    const created = this.#nowSeconds()
    const result = signRequestCredential({
      method: request.method,
      target: request.target,
      authority: request.authority,
      scheme: request.scheme,
      headers: request.headers,
      ...(request.bodyDigest === undefined ? {} : { bodyDigest: request.bodyDigest }),
      coveredFields: service.coveredFields,
      created,
      expires: created + CREDENTIAL_LIFETIME_SECONDS,
      nonce: formatSequenceNonce(seq, randomBytes(16)),
      keyid: live.keyid,
      key: live.keyFor(created),
    })
    if (result.outcome === 'refused') {
      throw refused('request_not_signable', `This request cannot be countersigned: ${result.detail}`)
    }
    return result.headers
  }

  /** Signs a gate's own call of `/verify`; it spends no number. */
  signGatewayCall(call: { authority: string; path: string; body: Uint8Array }): HttpField[] {
    const live = this.#keeper.current?.live
    if (live === undefined) throw notRenewedYet()
    const created = this.#nowSeconds()
    return signMachineMessage({
      ...call,
      method: 'POST',
      signatures: [{ label: 'gateway', tag: 'countersign-gateway', keyid: live.keyid, ...live.keyFor(created) }],
      created,
      expires: created + CREDENTIAL_LIFETIME_SECONDS,
      nonce: randomBytes(16).toString('base64url'),
    })
  }

  /**
   * Fetches anew what an answer showed to be old: the service list, or by a renewal the time. At most once in 10 s,
   * whoever asks.
   *
   * @returns whether something was fetched
   */
  async refresh(what: 'services' | 'time'): Promise<boolean> {
    const now = performance.now()
    if (now - this.#refreshedAt < MIN_REFRESH_INTERVAL_MS) return false
    this.#refreshedAt = now
    if (what === 'time') await this.renew()
    else this.#services = await requestServiceList(this.state, this.#nowSeconds())
    return true
  }

  /** Resolves when nothing is being sent or written; the store can be closed afterwards. */
  async settled(): Promise<void> {
    await this.#keeper.settled()
    await this.#file.settled()
  }

  /** The socket opens before the first renewal is answered, so the first caller may be early by a moment. */
  async #firstRenewal(): Promise<void> {
    const timer = new AbortController()
    const { signal } = timer
    await Promise.race([
      this.#keeper.settled(),
      wait(FIRST_RENEWAL_WAIT_MS, undefined, { signal }).catch(() => undefined),
    ])
    timer.abort()
    if (this.#keeper.current === null) throw notRenewedYet()
  }

  async #findService(request: RequestToSign): Promise<ServiceEntry> {
    const known = findService(this.#services, request.authority, request.path)
    if (known !== undefined) return known
    await this.refresh('services').catch(ignoreUnreachable)
    const found = findService(this.#services, request.authority, request.path)
    if (found !== undefined) return found
    throw refused(
      'authority_unknown',
      `No service that this machine knows of is called at ${request.authority} with this path.`,
    )
  }

  async #takeNumber(): Promise<{ live: LiveGeneration; seq: number }> {
    for (;;) {
      const current = this.#keeper.current
      if (current === null) throw notRenewedYet()
      const seq = await current.numbers.take()
      if (seq !== null) return { live: current.live, seq }
      // Every reserved number is used while a renewal hangs in the air: only its answer gives new ones.
      await this.renew()
    }
  }

  #nowSeconds(): number {
    if (this.#clock === null) throw notRenewedYet()
    return this.#clock.nowSeconds()
  }
}

function notRenewedYet(): Error {
  return new UnreachableError(
    'This machine has not been renewed since this program started, so it cannot sign yet.',
    'It signs as soon as the verification service answers; keys from disk sign nothing but the renewal.',
  )
}

function ignoreUnreachable(error: unknown): void {
  if (!(error instanceof UnreachableError)) throw error
}
