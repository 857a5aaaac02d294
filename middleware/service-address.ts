import { isAbsolute } from 'node:path'
import { assertSocketPathFits } from '@/lib/platform/reach-socket-directory'

/** Where the verification service is called. */
export interface ServiceAddress {
  readonly scheme: 'http' | 'https'
  /** The value of `Host`. */
  readonly authority: string
  readonly hostname: string
  readonly port: number
  readonly socketPath: string | undefined
}

/**
 * @param server `https://host[:port]`, `http://…` where that is allowed, or `unix:/path`
 * @throws TypeError for anything else
 */
export function readServiceAddress(server: string, isHttpAllowed: boolean): ServiceAddress {
  if (server.startsWith('unix:')) {
    const socketPath = server.slice('unix:'.length)
    if (!isAbsolute(socketPath)) throw new TypeError('server takes unix: and the whole path of a socket.')
    assertSocketPathFits(socketPath)
    return { scheme: 'http', authority: 'localhost', hostname: 'localhost', port: 80, socketPath }
  }
  const url = URL.canParse(server) ? new URL(server) : undefined
  if (url === undefined || url.pathname !== '/' || url.search !== '' || url.username !== '' || url.password !== '') {
    throw new TypeError('server takes https:// and the host of the verification service, without a path.')
  }
  assertTrustedTransport('server', url, isHttpAllowed)
  return addressOf(url)
}

/** Scheme, host and port of a URL that was checked. */
export function addressOf(url: URL): ServiceAddress {
  const scheme = url.protocol === 'https:' ? 'https' : 'http'
  return {
    scheme,
    authority: url.host,
    hostname: url.hostname.replace(/^\[(.*)\]$/, '$1'),
    port: url.port === '' ? (scheme === 'https' ? 443 : 80) : Number(url.port),
    socketPath: undefined,
  }
}

/** @throws TypeError for a URL over which somebody on the way could answer in the service's place */
export function assertTrustedTransport(option: string, url: URL, isHttpAllowed: boolean): void {
  const isLoopback = /^(?:localhost|127(?:\.\d{1,3}){3}|\[::1\])$/.test(url.hostname)
  if (url.protocol === 'https:' || (url.protocol === 'http:' && (isLoopback || isHttpAllowed))) return
  throw new TypeError(
    `${option} is https://, or http:// on this machine: whoever changes the answers on their way opens everything.`,
  )
}
