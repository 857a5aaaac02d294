import { callService } from '../call-service'
import { pause, type Story } from '../repeat'
import { victimRefusals, type AttackWorld } from './attack-world'
import { expectAnswer } from './expect-answer'

/** A credential lives a minute, and half a minute more for clocks that differ. */
const heldSeconds = 95

/** A request is held back on its way and sent when nobody looks any more. */
export function lateRequest(world: AttackWorld): Story {
  return {
    name: 'a captured request sent late',
    firstAfterSeconds: 1,
    everySeconds: 100,
    async run(signal) {
      const victim = world.machine('inventory-ams-01')
      const held = await victim.sign(world.places.orders, { method: 'GET', target: '/v1/orders?status=open' })
      await pause(heldSeconds, signal)
      if (signal.aborted) return
      const answer = await callService(world.places.orders, held, world.attackerAddress)
      expectAnswer(answer, ['credential_expired', ...victimRefusals])
    },
  }
}
