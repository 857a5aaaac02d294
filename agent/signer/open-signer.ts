import { existsSync } from 'node:fs'
import { setTimeout as wait } from 'node:timers/promises'
import type { AtRenewalStep } from '../machine/generation-keeper'
import { machineOf, notEnrolled } from '../machine/open-running-machine'
import { openKeyStore, storeHeld } from '../store/open-key-store'
import { createLocalSigner } from './local-signer'
import type { Signer } from './signer'
import { createSocketSigner } from './socket-signer'

export interface OpenSignerOptions {
  readonly stateDirectory: string
  /** Ask the agent on this socket and nobody else. */
  readonly socketPath?: string | undefined
  readonly program: string
  /** How long to wait for another one-shot command to finish. */
  readonly maxWaitMs?: number
  readonly atStep?: AtRenewalStep
  readonly signal?: AbortSignal
}

const POLL_MS = 40

/**
 * Finds who can sign: the agent on the given socket; the agent that holds the state directory; or, when none runs, this
 * process, which takes the directory and renews the machine first.
 */
export async function openSigner(options: OpenSignerOptions): Promise<Signer> {
  if (options.socketPath !== undefined) return createSocketSigner(options.socketPath)
  if (!existsSync(options.stateDirectory)) throw notEnrolled(options.stateDirectory)
  const deadline = performance.now() + (options.maxWaitMs ?? 30_000)
  for (;;) {
    const result = await openKeyStore(options.stateDirectory, { program: options.program })
    if (result.outcome === 'held') {
      if (typeof result.holder.socket === 'string') return createSocketSigner(result.holder.socket)
      if (performance.now() > deadline) throw storeHeld(options.stateDirectory, result.holder)
      await wait(POLL_MS * (0.5 + Math.random()), undefined, { signal: options.signal })
      continue
    }
    const opened = await machineOf(options, result)
    try {
      await opened.machine.renew(options.signal)
      return createLocalSigner(opened)
    } catch (error) {
      await opened.close()
      throw error
    }
  }
}
