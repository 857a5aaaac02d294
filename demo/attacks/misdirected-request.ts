import { callService } from '../call-service'
import type { Story } from '../repeat'
import type { AttackWorld } from './attack-world'
import { expectAnswer } from './expect-answer'

/** A request that was made for the inventory is carried to payments: the gate there has it judged as one for payments. */
export function misdirectedRequest(world: AttackWorld): Story {
  return {
    name: 'a request sent to another service',
    firstAfterSeconds: 12,
    everySeconds: 120,
    async run() {
      const { inventory, payments } = world.places
      const victim = world.machine('inventory-ams-01')
      const signed = await victim.sign(inventory, { method: 'GET', target: '/v1/stock?below=20' })
      const answer = await callService({ ...payments, host: inventory.host }, signed, world.attackerAddress)
      expectAnswer(answer, ['authority_unknown'])
    },
  }
}
