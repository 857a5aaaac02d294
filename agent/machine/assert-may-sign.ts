import { parseAuthority } from '@/lib/protocol'
import { refused } from '../agent-error'
import { isLoopbackHost, parseRequestUrl } from '../http/parse-request-url'

/**
 * The agent is a deputy: it never signs for the verification service itself, whose API it calls with messages of its
 * own (protocol section 11). A loopback server is the same under each of the loopback names.
 */
export function assertMaySign(serverUrl: string, request: { authority: string; scheme: 'http' | 'https' }): void {
  const server = parseRequestUrl(serverUrl)
  const authority = parseAuthority(request.authority, request.scheme)
  if (authority.outcome === 'refused') throw refused('authority_unknown', authority.detail)
  const hostname = authority.host.replace(/^\[(.*)\]$/, '$1')
  const port = authority.port ?? (request.scheme === 'https' ? 443 : 80)
  const isSameHost = hostname === server.hostname || (isLoopbackHost(hostname) && isLoopbackHost(server.hostname))
  if (isSameHost && port === server.port) {
    throw refused(
      'authority_refused',
      `${request.authority} is the verification service itself; the agent signs nothing for it.`,
      'Call its API with an API token (Authorization: Bearer cst_…).',
    )
  }
}
