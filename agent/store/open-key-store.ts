import { readdir, unlink } from 'node:fs/promises'
import { join } from 'node:path'
import { acquireDirectoryLock, type DirectoryLock } from '@/lib/platform/acquire-directory-lock'
import { ensurePrivateDirectory } from '@/lib/platform/ensure-private-directory'
import { readPrivateFile } from '@/lib/platform/read-private-file'
import { syncDirectory, TEMPORARY_SUFFIX, writePrivateFile } from '@/lib/platform/write-private-file'
import { refused } from '../agent-error'
import { escapeUntrusted } from '../escape-untrusted'
import { parseMachineState, parsePendingEnrollment, type MachineState, type PendingEnrollment } from './machine-state'

/** The state directory of one machine, held by this process alone until `close`. */
export interface KeyStore {
  readonly directory: string
  readMachine(): Promise<MachineState | null>
  /** On disk, flushed, when it resolves. */
  writeMachine(state: MachineState): Promise<void>
  readPendingEnrollment(): Promise<PendingEnrollment | null>
  writePendingEnrollment(pending: PendingEnrollment): Promise<void>
  deletePendingEnrollment(): Promise<void>
  close(): Promise<void>
}

/** The name of the program that holds a state directory while it serves others on a socket. */
export interface StoreHolder {
  readonly pid: number
  readonly program: string
  /** The socket it signs on; absent for a command that is done in a moment, and for a gate. */
  readonly socket?: string
  readonly startedAt: string
}

export type OpenKeyStoreResult =
  { outcome: 'opened'; store: KeyStore } | { outcome: 'held'; holder: Partial<StoreHolder> }

/** Opens a state directory for writing. Refused when others can read it; `held` when another process has it open. */
export async function openKeyStore(
  directory: string,
  options: { program: string; socket?: string | undefined },
): Promise<OpenKeyStoreResult> {
  await ensurePrivateDirectory(directory)
  const startedAt = new Date().toISOString()
  const result = await acquireDirectoryLock(directory, () => ({
    pid: process.pid,
    program: options.program,
    startedAt,
    ...(options.socket === undefined ? {} : { socket: options.socket }),
  }))
  if (result.outcome === 'held') return { outcome: 'held', holder: result.holder }
  try {
    await deleteTemporaryFiles(directory)
    return { outcome: 'opened', store: createKeyStore(directory, result.lock) }
  } catch (error) {
    await result.lock.release()
    throw error
  }
}

function createKeyStore(directory: string, lock: DirectoryLock): KeyStore {
  const machinePath = machineFile(directory)
  const pendingPath = join(directory, 'enrollment.json')
  return {
    directory,
    readMachine: () => readMachineState(directory),
    writeMachine: (state) => writePrivateFile(machinePath, `${JSON.stringify(state, null, 2)}\n`),
    readPendingEnrollment: async () => {
      const bytes = await readIfPresent(pendingPath)
      return bytes === null ? null : parsePendingEnrollment(bytes, pendingPath)
    },
    writePendingEnrollment: (pending) => writePrivateFile(pendingPath, `${JSON.stringify(pending, null, 2)}\n`),
    deletePendingEnrollment: async () => {
      await unlink(pendingPath).catch((error: unknown) => {
        if (!isMissing(error)) throw error
      })
      await syncDirectory(directory)
    },
    close: () => lock.release(),
  }
}

/** Reads the machine's file without the lock: good for showing it, not for changing it. */
export async function readMachineState(directory: string): Promise<MachineState | null> {
  const path = machineFile(directory)
  const bytes = await readIfPresent(path)
  return bytes === null ? null : parseMachineState(bytes, path)
}

/** A sentence about who holds a state directory. */
export function describeHolder(holder: Partial<StoreHolder>): string {
  const program = typeof holder.program === 'string' ? escapeUntrusted(holder.program, 100) : 'another process'
  return typeof holder.pid === 'number' ? `${program} (process ${holder.pid})` : program
}

export function storeHeld(directory: string, holder: Partial<StoreHolder>): Error {
  return refused(
    'state_in_use',
    `${describeHolder(holder)} uses the state directory ${directory}.`,
    'Wait until it ends, stop it, or choose another directory with --state.',
  )
}

const machineFile = (directory: string): string => join(directory, 'machine.json')

async function readIfPresent(path: string): Promise<Buffer | null> {
  try {
    return await readPrivateFile(path)
  } catch (error) {
    if (isMissing(error)) return null
    throw error
  }
}

function isMissing(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'ENOENT'
}

/** A crash between writing and renaming leaves a file with keys that were never used. */
async function deleteTemporaryFiles(directory: string): Promise<void> {
  for (const name of await readdir(directory)) {
    if (name.startsWith('.') && name.endsWith(TEMPORARY_SUFFIX)) await unlink(join(directory, name))
  }
}
