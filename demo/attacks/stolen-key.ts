import { callService } from '../call-service'
import { writeRequest } from '../demo-machine'
import type { Story } from '../repeat'
import type { AttackWorld } from './attack-world'
import { expectAnswer } from './expect-answer'

const wanted = [
  '/v1/orders',
  '/v1/orders?limit=1000',
  '/v1/orders/41',
  '/v1/orders/42',
  '/v1/customers',
  '/v1/export.csv',
]

/** Somebody found checkout's API key in a log and tries it: the key is right, and there is no countersign. */
export function stolenKey(world: AttackWorld): Story {
  return {
    name: 'a stolen API key without a countersign',
    firstAfterSeconds: 3,
    everySeconds: 75,
    async run() {
      const { apiKey } = world.machine('checkout-6c9f7b5d84-k2x9p').facts
      for (const target of wanted) {
        const sent = writeRequest(apiKey, { method: 'GET', target })
        expectAnswer(await callService(world.places.orders, sent, world.attackerAddress), ['credential_missing'])
      }
    },
  }
}
