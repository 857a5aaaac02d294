import { exitCodes, AdminError, unreachable, usageError } from './admin-error'
import type { Transport } from './admin-api'

const timeoutMs = 60_000
const loopback = /^(?:localhost|127(?:\.\d{1,3}){3}|\[::1\])$/

/** A server over HTTP, with a bearer token. */
export function connectServer(server: string, token: string, options: { readonly allowPlainHttp: boolean }): Transport {
  const base = readServerUrl(server, options.allowPlainHttp)
  if (!/^[!-~]{1,256}$/.test(token)) throw usageError('The token file does not hold an API token: one line, cst_…')
  return {
    async send({ method, target, body }) {
      try {
        const response = await fetch(`${base.origin}${target}`, {
          method,
          headers: {
            Authorization: `Bearer ${token}`,
            Accept: 'application/json',
            ...(body !== undefined && { 'Content-Type': 'application/json' }),
          },
          ...(body !== undefined && { body }),
          // A redirect would carry the token elsewhere.
          redirect: 'error',
          signal: AbortSignal.timeout(timeoutMs),
        })
        return { status: response.status, body: await response.text() }
      } catch (error) {
        throw unreachable(
          `Could not reach ${base.origin}: ${explain(error)}. Whether the server did anything is not known.`,
        )
      }
    },
    close: () => Promise.resolve(),
  }
}

function readServerUrl(server: string, allowPlainHttp: boolean): URL {
  const url = URL.parse(server)
  if (
    url === null ||
    !/^https?:$/.test(url.protocol) ||
    url.username !== '' ||
    url.pathname !== '/' ||
    url.search !== ''
  ) {
    throw usageError(`--server takes the URL of a server without a path, such as https://countersign.example`)
  }
  if (url.protocol === 'http:' && !loopback.test(url.hostname) && !allowPlainHttp) {
    throw new AdminError(
      exitCodes.usage,
      `The token would travel to ${url.host} in clear text. Use https://, or --allow-plain-http if that network is yours alone.`,
    )
  }
  return url
}

/** The cause that fetch hides behind "fetch failed". */
function explain(error: unknown): string {
  if (!(error instanceof Error)) return 'unknown error'
  if (error.name === 'TimeoutError') return `no answer within ${timeoutMs / 1000} seconds`
  const cause = error.cause
  if (typeof cause === 'object' && cause !== null && 'code' in cause && typeof cause.code === 'string')
    return cause.code
  return cause instanceof Error ? cause.message : error.message
}
