import type { OpenedMachine } from '../machine/open-running-machine'
import type { Signer } from './signer'

/** Signs in this process, which holds the state directory and has renewed the machine. */
export function createLocalSigner({ machine, close }: OpenedMachine): Signer {
  return {
    sign: (request) => machine.sign({ ...request, ...request.url }),
    refresh: async (what) => {
      await machine.refresh(what)
    },
    close,
  }
}
