import { parseAuthority } from '@/lib/protocol'
import type { Settings } from '../settings'

const loopbackNames = ['localhost', '127.0.0.1', '[::1]']

/**
 * The authorities that machine messages may be signed for (protocol.md, section 7): that of the public URL first, then the
 * loopback names with its port and with the port that this process listens on.
 */
export function listAcceptedAuthorities(
  settings: Pick<Settings, 'publicUrl' | 'port'>,
  listeningPort?: number,
): string[] {
  const [scheme, host = ''] = settings.publicUrl.startsWith('https://')
    ? (['https', settings.publicUrl.slice('https://'.length)] as const)
    : (['http', settings.publicUrl.slice('http://'.length)] as const)
  const parsed = parseAuthority(host, scheme)
  if (parsed.outcome === 'refused') throw new Error(`COUNTERSIGN_PUBLIC_URL names no authority: ${parsed.detail}`)
  const publicPort = parsed.port ?? (scheme === 'https' ? 443 : 80)
  const found = new Set([parsed.authority])
  for (const port of [publicPort, settings.port, listeningPort]) {
    if (port === undefined || port === 0) continue
    for (const name of loopbackNames) {
      const loopback = parseAuthority(`${name}:${port}`, scheme)
      if (loopback.outcome === 'parsed') found.add(loopback.authority)
    }
  }
  return [...found]
}
