import { callService } from '../call-service'
import { fillIn } from '../keep-calling'
import { pause, type Story } from '../repeat'
import { victimRefusals, type AttackWorld } from './attack-world'
import { expectAnswer } from './expect-answer'

const heldSeconds = 12

/** Whoever sits on the way writes down a request that passed, and sends the same bytes again. */
export function replayedRequest(world: AttackWorld): Story {
  return {
    name: 'a captured request sent again',
    firstAfterSeconds: 6,
    everySeconds: 50,
    async run(signal) {
      const victim = world.machine('checkout-6c9f7b5d84-vw7tq')
      const captured = await victim.sign(world.places.orders, fillIn({ method: 'POST', target: '/v1/orders/#/refund' }))
      const first = await callService(world.places.orders, captured, victim.facts.address)
      expectAnswer(first, ['allowed', ...victimRefusals])
      // Later than a gateway would try again by itself.
      await pause(heldSeconds, signal)
      if (signal.aborted) return
      for (let again = 0; again < 3; again++) {
        const answer = await callService(world.places.orders, captured, world.attackerAddress)
        expectAnswer(answer, ['credential_replayed', ...victimRefusals])
      }
    },
  }
}
