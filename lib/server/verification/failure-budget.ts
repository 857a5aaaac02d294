import { LRUCache } from 'lru-cache'

/** Failed asymmetric checks of one machine through one gateway, a second; each costs 30 times a MAC. */
const failuresPerSecond = 20

/**
 * Bounds what forged signatures cost (protocol.md, section 5): beyond the budget nothing is checked for the rest of the
 * second. Only the gateway through which the forgeries come is held up.
 */
export class FailureBudget {
  readonly #counts = new LRUCache<string, number>({ max: 10_000, ttl: 1_000, noUpdateTTL: true })

  isSpent(machineId: string, gatewayUuid: string): boolean {
    return (this.#counts.get(`${machineId}|${gatewayUuid}`) ?? 0) >= failuresPerSecond
  }

  countFailure(machineId: string, gatewayUuid: string): void {
    const key = `${machineId}|${gatewayUuid}`
    this.#counts.set(key, (this.#counts.get(key) ?? 0) + 1)
  }
}
