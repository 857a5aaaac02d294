import { rm } from 'node:fs/promises'
import path from 'node:path'
import { callService } from '../call-service'
import type { DemoMachine } from '../demo-machine'
import { fillIn } from '../keep-calling'
import { pause, type Story } from '../repeat'
import type { AttackWorld } from './attack-world'
import { expectAnswer } from './expect-answer'

/** What the operator on call does about a quarantined machine. */
export interface Response {
  /** The original’s keys are good: let it go on. */
  release(machine: DemoMachine, reason: string): Promise<void>
  /** Somebody else may hold its keys: revoke it and let it in under a new identity. */
  replace(machine: DemoMachine, reason: string): Promise<void>
}

/** People look at an alert first; and whoever watches the demo should find it standing. */
const reactionSeconds = 90

/**
 * Two ways in which a machine comes to exist twice, in turn. Each time that machine alone is quarantined, and an
 * operator settles it, so that it can happen again.
 *
 * @param folder where the copies are
 */
export function copiedState(world: AttackWorld, response: Response, folder: string): Story {
  let turn = 0
  return {
    name: 'a copied identity',
    firstAfterSeconds: 15,
    everySeconds: 200,
    async run(signal) {
      const copyFolder = path.join(folder, `copy-${turn}`)
      const story = turn++ % 2 === 0 ? stolenDisk : restoredBackup
      try {
        await story(world, response, copyFolder, signal)
      } finally {
        await rm(copyFolder, { recursive: true, force: true })
      }
    },
  }
}

/**
 * A thief copies the state directory, and renews first. The copy can act until the original renews; then the service
 * sees two successors of one generation and stops both. Nobody can tell which is which: the operator replaces it.
 */
async function stolenDisk(
  world: AttackWorld,
  response: Response,
  copyFolder: string,
  signal: AbortSignal,
): Promise<void> {
  const original = world.machine('inventory-ams-02')
  const copy = await original.copyState(copyFolder, { address: world.attackerAddress })
  try {
    await copy.startAgent()
    const read = fillIn({ method: 'GET', target: '/v1/orders?customer=#' })
    await copy.call(world.places.orders, read)
    await copy.call(world.places.orders, { method: 'GET', target: '/v1/export.csv' })
    if (await original.renew()) throw new Error('Both the machine and its copy were renewed.')
    const stopped = await copy.sign(world.places.orders, read)
    expectAnswer(await callService(world.places.orders, stopped, world.attackerAddress), ['machine_quarantined'])
    await pause(reactionSeconds, signal)
    if (signal.aborted) return
    const reason = 'State directory found on a decommissioned disk (INC-2291); the host has been rebuilt.'
    await response.replace(original, reason)
  } finally {
    await copy.stopAgent()
  }
}

/** An old backup is started beside the machine: its keys were replaced since, so it can do nothing but give itself away. */
async function restoredBackup(
  world: AttackWorld,
  response: Response,
  copyFolder: string,
  signal: AbortSignal,
): Promise<void> {
  const original = world.machine('payments-staging-1')
  const backup = await original.copyState(copyFolder, { address: world.attackerAddress })
  if (!(await original.renew())) throw new Error('The machine was not renewed.')
  const isRunning = await backup.startAgent().then(
    () => true,
    () => false,
  )
  await backup.stopAgent()
  if (isRunning) throw new Error('A backup from before the last renewal was let in.')
  await pause(reactionSeconds, signal)
  if (signal.aborted) return
  await response.release(original, 'A backup was restored by mistake (OPS-518) and has been deleted.')
}
