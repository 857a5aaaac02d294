import type { Dependencies } from '../dependencies'
import { isLoopbackAddress, isTrustedProxy } from './find-client-address'
import { singleHeader, type RequestFacts } from './request-facts'

export type Transport =
  | {
      readonly outcome: 'private'
      /** What a browser has to name as the `Origin` of calls from our own pages. */
      readonly origin: string
      readonly kind: 'tls' | 'loopback'
    }
  | { readonly outcome: 'exposed'; readonly detail: string }

const loopbackHost = /^(?:localhost|127\.0\.0\.1|\[::1\])(?::[0-9]{1,5})?$/

/**
 * Whether a password may travel the way that this request came: by TLS under the public URL, or within this machine.
 *
 * This process speaks plain HTTP, so it sees TLS only by what stands in front: the browser's `Origin` is compared with
 * the public URL (https) later, and a proxy that is trusted may say that it was reached without. On loopback the
 * host has to be a loopback name too, so that no rebound DNS name counts as this machine.
 */
export function appraiseTransport({ settings }: Pick<Dependencies, 'settings'>, request: RequestFacts): Transport {
  const host = singleHeader(request, 'host')?.toLowerCase() ?? ''
  const peer = request.peerAddress ?? ''
  const publicUrl = new URL(settings.publicUrl)
  const isBehindProxy = isTrustedProxy(settings, peer)
  if (publicUrl.protocol === 'https:' && host === publicUrl.host) {
    const reached = isBehindProxy ? lastOf(singleHeader(request, 'x-forwarded-proto')) : undefined
    if (reached === undefined || reached === 'https')
      return { outcome: 'private', origin: publicUrl.origin, kind: 'tls' }
    return { outcome: 'exposed', detail: 'The proxy in front of Countersign was reached without TLS.' }
  }
  if (isLoopbackAddress(peer) && !isBehindProxy && loopbackHost.test(host)) {
    return { outcome: 'private', origin: `http://${host}`, kind: 'loopback' }
  }
  return { outcome: 'exposed', detail: explain(publicUrl) }
}

function explain(publicUrl: URL): string {
  return publicUrl.protocol === 'https:'
    ? `Open ${publicUrl.origin} instead; or, on the machine that runs Countersign, http://localhost.`
    : 'This deployment has no TLS: COUNTERSIGN_PUBLIC_URL does not begin with https. Until it does, operators sign in ' +
        'only in a browser on the machine that runs Countersign (an SSH tunnel to it will do).'
}

/** The nearest proxy writes the last value. */
function lastOf(list: string | undefined | null): string | undefined {
  return list?.split(',').at(-1)?.trim().toLowerCase()
}
