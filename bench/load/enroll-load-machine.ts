import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { enrollMachine } from '@/agent/machine/enroll-machine'
import { GenerationKeeper } from '@/agent/machine/generation-keeper'
import type { LiveGeneration } from '@/agent/machine/live-generation'
import { MachineStateFile } from '@/agent/store/machine-state-file'
import { openKeyStore } from '@/agent/store/open-key-store'
import { parseJoinToken } from '@/lib/protocol'

/**
 * Enrols a machine with the agent's own code and gives the generation that signs for it. Its numbers are the caller's to
 * count: reserving them on disk is the agent's work, not the service's.
 */
export async function enrollLoadMachine(serverUrl: string, joinToken: string, name: string): Promise<LiveGeneration> {
  const token = parseJoinToken(joinToken)
  if (token.outcome === 'refused') throw new Error('Not a join token.')
  const folder = await mkdtemp(path.join(tmpdir(), 'countersign-bench-machine-'))
  try {
    const opened = await openKeyStore(path.join(folder, 'state'), { program: 'bench' })
    if (opened.outcome === 'held') throw new Error('A fresh state directory is held.')
    const state = await enrollMachine(opened.store, {
      serverUrl,
      isHttpAllowed: true,
      serverKey: undefined,
      joinToken: token,
      name,
      reported: {},
    })
    const keeper = new GenerationKeeper(
      new MachineStateFile(opened.store, state),
      () => undefined,
      () => undefined,
    )
    await keeper.renew(() => undefined)
    await opened.store.close()
    if (keeper.current === null) throw new Error('The machine was not renewed.')
    return keeper.current.live
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}
