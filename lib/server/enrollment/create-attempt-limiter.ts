import ipaddr from 'ipaddr.js'
import { LRUCache } from 'lru-cache'

export interface AttemptLimiter {
  /** Takes one attempt from the address's allowance; false when nothing is left. */
  take(peerAddress: string): boolean
  /** Gives it back: the message was genuine, and genuine messages are not limited. */
  giveBack(peerAddress: string): void
}

/** A fleet behind one address may start at once; two signatures and an agreement cost 0.2 ms, so this is 10 ms a second. */
const capacity = 500
const refillPerSecond = 50
const trackedAddresses = 10_000

/**
 * Bounds the asymmetric checks that strangers can make this process do (threats.md, 25): a token bucket per IPv4 address or
 * IPv6 /64, in memory, at most 10,000 of them. Only attempts that fail use it up.
 *
 * @param monotonicSeconds a clock that never goes back
 */
export function createAttemptLimiter(monotonicSeconds: () => number = () => performance.now() / 1000): AttemptLimiter {
  const buckets = new LRUCache<string, { left: number; at: number }>({ max: trackedAddresses })

  const bucketOf = (peerAddress: string) => {
    const key = addressBlock(peerAddress)
    const instant = monotonicSeconds()
    const bucket = buckets.get(key) ?? { left: capacity, at: instant }
    bucket.left = Math.min(capacity, bucket.left + (instant - bucket.at) * refillPerSecond)
    bucket.at = instant
    buckets.set(key, bucket)
    return bucket
  }

  return {
    take(peerAddress) {
      const bucket = bucketOf(peerAddress)
      if (bucket.left < 1) return false
      bucket.left -= 1
      return true
    },
    giveBack(peerAddress) {
      const bucket = bucketOf(peerAddress)
      bucket.left = Math.min(capacity, bucket.left + 1)
    },
  }
}

/** One customer of an access network holds a whole IPv6 /64. */
function addressBlock(peerAddress: string): string {
  if (!ipaddr.isValid(peerAddress)) return 'unknown'
  const address = ipaddr.process(peerAddress)
  return 'parts' in address ? address.parts.slice(0, 4).join(':') : address.toString()
}
