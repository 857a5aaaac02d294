import { refused } from '../agent-error'
import { openKeyStore, storeHeld, type KeyStore, type OpenKeyStoreResult } from '../store/open-key-store'
import type { AtRenewalStep } from './generation-keeper'
import { RunningMachine } from './running-machine'

export interface OpenedMachine {
  readonly machine: RunningMachine
  /** Finishes what is on its way and frees the state directory. */
  readonly close: () => Promise<void>
}

export interface OpenMachineOptions {
  readonly stateDirectory: string
  /** Named to whoever finds the directory in use. */
  readonly program: string
  readonly socket?: string | undefined
  readonly atStep?: AtRenewalStep | undefined
}

/** Takes the state directory of an enrolled machine; it is neither renewed nor able to sign yet. */
export async function openRunningMachine(options: OpenMachineOptions): Promise<OpenedMachine> {
  const result = await openKeyStore(options.stateDirectory, options)
  return machineOf(options, result)
}

/** Makes a machine of an opened store; throws when it is held, or when nothing is enrolled there. */
export async function machineOf(options: OpenMachineOptions, result: OpenKeyStoreResult): Promise<OpenedMachine> {
  if (result.outcome === 'held') throw storeHeld(options.stateDirectory, result.holder)
  const store = result.store
  try {
    const machine = new RunningMachine(store, await readEnrolled(store), options.atStep)
    return {
      machine,
      close: async () => {
        await machine.settled()
        await store.close()
      },
    }
  } catch (error) {
    await store.close()
    throw error
  }
}

async function readEnrolled(store: KeyStore): Promise<NonNullable<Awaited<ReturnType<KeyStore['readMachine']>>>> {
  const state = await store.readMachine()
  if (state !== null) return state
  if ((await store.readPendingEnrollment()) !== null) {
    throw refused(
      'not_enrolled',
      `The enrolment in ${store.directory} was begun and not finished.`,
      'Run countersign enroll again with the same server: it repeats the same keys.',
    )
  }
  throw notEnrolled(store.directory)
}

export function notEnrolled(directory: string): Error {
  return refused(
    'not_enrolled',
    `No machine is enrolled in ${directory}.`,
    'Enrol one: countersign enroll --server URL --token-file FILE. Another directory is chosen with --state.',
  )
}
