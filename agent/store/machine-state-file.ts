import type { MachineState } from './machine-state'
import type { KeyStore } from './open-key-store'

/** `machine.json` and what it says, changed one write at a time. */
export class MachineStateFile {
  readonly #store: KeyStore
  #state: MachineState
  #writes: Promise<void> = Promise.resolve()

  constructor(store: KeyStore, state: MachineState) {
    this.#store = store
    this.#state = state
  }

  /** What is on disk. */
  get state(): MachineState {
    return this.#state
  }

  /** Builds the change on the one before it; on disk, flushed, when it resolves. */
  write(change: (state: MachineState) => MachineState): Promise<void> {
    const write = this.#writes
      .catch(() => undefined)
      .then(async () => {
        const next = change(this.#state)
        await this.#store.writeMachine(next)
        this.#state = next
      })
    this.#writes = write
    return write
  }

  /** Resolves when nothing is being written. */
  async settled(): Promise<void> {
    await this.#writes.catch(() => undefined)
  }
}
