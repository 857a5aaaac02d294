import { parseAuthority, parseRequestTarget, type Scheme } from '@/lib/protocol'
import { escapeUntrusted } from '../escape-untrusted'
import { refused, wrongUsage } from '../agent-error'

export interface RequestUrl {
  readonly scheme: Scheme
  /** Canonical: lower case, without the scheme's default port. */
  readonly authority: string
  /** What the connection goes to: a name, or an address without brackets. */
  readonly hostname: string
  readonly port: number
  /** The raw request-target in origin-form, exactly as it goes on the wire and into the signature. */
  readonly target: string
  readonly path: string
}

/**
 * Takes a URL apart without changing a byte of its path and query. The WHATWG `URL` class would resolve dot segments,
 * escape and unescape, and the signature would speak about another request than the one that was asked for.
 */
export function parseRequestUrl(url: string): RequestUrl {
  const parts = /^(https?):\/\/([^/?#]*)([^#]*)$/i.exec(url)
  if (parts === null) {
    throw wrongUsage(
      `${quote(url)} is not a URL that can be called.`,
      'Write http:// or https://, the host, the path and the query; a fragment (#) is never sent, so leave it out.',
    )
  }
  const scheme = (parts[1] ?? '').toLowerCase() as Scheme
  const authority = parseAuthority(parts[2] ?? '', scheme)
  if (authority.outcome === 'refused') {
    throw wrongUsage(`The host in ${quote(withoutQuery(url))} is not valid: ${authority.detail}`)
  }
  const rest = parts[3] ?? ''
  const target = rest === '' || rest.startsWith('?') ? `/${rest}` : rest
  const parsed = parseRequestTarget(target, { allowEncodedSlash: true })
  if (parsed.outcome === 'refused') {
    throw refused(
      parsed.code,
      `The path or query of ${quote(withoutQuery(url))} cannot be countersigned: ${parsed.detail}`,
      'Write it in its plain, normal form: services and gateways must not read it in two ways.',
    )
  }
  return {
    scheme,
    authority: authority.authority,
    hostname: authority.host.replace(/^\[(.*)\]$/, '$1'),
    port: authority.port ?? (scheme === 'https' ? 443 : 80),
    target,
    path: parsed.path,
  }
}

/** Whether a host can only be this machine itself. */
export function isLoopbackHost(hostname: string): boolean {
  return hostname === 'localhost' || hostname === '::1' || /^127(?:\.[0-9]{1,3}){3}$/.test(hostname)
}

/** Queries often hold secrets, and so does what stands before an @; no message repeats one. */
export function withoutQuery(url: string): string {
  return url.replace(/[?#].*$/s, '?…').replace(/\/\/[^/]*@/, '//…@')
}

function quote(text: string): string {
  return `"${escapeUntrusted(withoutQuery(text), 300)}"`
}
