import { hostOf, portOf } from './authority-parts'

export interface ServerAddress {
  readonly scheme: 'http' | 'https'
  readonly host: string
  readonly authority: string
  /** With the port written out, as `upstream` takes it. */
  readonly hostAndPort: string
}

/** The parts of the deployment's public URL, which the settings have checked: a scheme, a host, perhaps a port. */
export function readServerAddress(serverUrl: string): ServerAddress {
  const scheme = serverUrl.startsWith('https:') ? 'https' : 'http'
  const authority = serverUrl.replace(/^https?:\/\//, '').replace(/\/.*$/, '')
  const host = hostOf(authority)
  const port = portOf(authority) ?? (scheme === 'https' ? 443 : 80)
  return { scheme, host, authority, hostAndPort: `${host}:${port}` }
}
