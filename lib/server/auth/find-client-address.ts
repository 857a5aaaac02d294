import ipaddr from 'ipaddr.js'
import type { Settings } from '../settings'
import { headerLines, type RequestFacts } from './request-facts'

/** A proxy chain is short; what is longer was made up. */
const longestChain = 20

/**
 * Where a call came from: the socket's other end, or what trusted proxies say about it. `X-Forwarded-For` is read from
 * its end, and only as far as every hop is trusted (COUNTERSIGN_TRUSTED_PROXIES): the first that is not is the client.
 */
export function findClientAddress(settings: Pick<Settings, 'trustedProxies'>, request: RequestFacts): string | null {
  let address = canonical(request.peerAddress ?? '')
  const hops = headerLines(request, 'x-forwarded-for').join(',').split(',').slice(-longestChain)
  while (address !== null && isTrustedProxy(settings, address)) {
    const before = canonical(hops.pop()?.trim() ?? '')
    if (before === null) break
    address = before
  }
  return address
}

/** Whether an address is one of COUNTERSIGN_TRUSTED_PROXIES. */
export function isTrustedProxy({ trustedProxies }: Pick<Settings, 'trustedProxies'>, address: string): boolean {
  if (!ipaddr.isValid(address)) return false
  const parsed = ipaddr.process(address)
  return trustedProxies.some((range) => {
    const [network, bits] = ipaddr.parseCIDR(range)
    return network.kind() === parsed.kind() && parsed.match(network, bits)
  })
}

export function isLoopbackAddress(address: string): boolean {
  return ipaddr.isValid(address) && ipaddr.process(address).range() === 'loopback'
}

/** One customer of an access network holds a whole IPv6 /64: tries are counted by it. */
export function addressBlock(address: string | null): string {
  if (address === null || !ipaddr.isValid(address)) return 'unknown'
  const parsed = ipaddr.process(address)
  return 'parts' in parsed ? `${parsed.parts.slice(0, 4).join(':')}::/64` : parsed.toString()
}

function canonical(address: string): string | null {
  return ipaddr.isValid(address) ? ipaddr.process(address).toString() : null
}
