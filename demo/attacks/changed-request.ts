import { callService } from '../call-service'
import type { Story } from '../repeat'
import { victimRefusals, type AttackWorld } from './attack-world'
import { expectAnswer } from './expect-answer'

/** A proxy that somebody took over raises the amount of a charge, and sends a report to another path. */
export function changedRequest(world: AttackWorld): Story {
  return {
    name: 'a request changed on the way',
    firstAfterSeconds: 9,
    everySeconds: 85,
    async run() {
      const payer = world.machine('payments-eu-west-1b')
      const charge = { method: 'POST', target: '/v1/charges', body: { amount: 4990, currency: 'EUR' } }
      const signed = await payer.sign(world.places.payments, charge)
      const raised = Buffer.from(JSON.stringify({ ...charge.body, amount: 499_000 }))
      const changed = await callService(world.places.payments, { ...signed, body: raised }, payer.facts.address)
      expectAnswer(changed, ['digest_mismatch', ...victimRefusals])

      const reader = world.machine('reporting-nightly-0')
      const asked = await reader.sign(world.places.orders, { method: 'GET', target: '/v1/orders/42' })
      const moved = { ...asked, target: '/v1/customers/42' }
      const answer = await callService(world.places.orders, moved, reader.facts.address)
      expectAnswer(answer, ['signature_invalid', ...victimRefusals])
    },
  }
}
