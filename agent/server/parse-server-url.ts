import { wrongUsage } from '../agent-error'
import { escapeUntrusted } from '../escape-untrusted'
import { isLoopbackHost, parseRequestUrl } from '../http/parse-request-url'

/**
 * Checks a `--server` URL: https, or http to this machine itself. Plain HTTP elsewhere needs both the server's key and
 * a person's word, since anybody on the way can read and drop the messages (not change them: they are signed).
 *
 * @returns the URL without a trailing slash
 */
export function parseServerUrl(url: string, options: { isKeyPinned: boolean; isHttpAllowed: boolean }): string {
  const shown = `"${escapeUntrusted(url, 300)}"`
  const parsed = parseRequestUrl(url)
  if (parsed.target !== '/') {
    throw wrongUsage(`The server ${shown} has a path.`, 'Write only https:// and the host, and the port if it has one.')
  }
  if (parsed.scheme === 'http' && !isLoopbackHost(parsed.hostname)) {
    if (!options.isHttpAllowed) {
      throw wrongUsage(
        `The server ${shown} is not this machine, and http:// does not protect what goes there.`,
        'Use https://. On a network you trust: --allow-http together with --server-key sha256:…',
      )
    }
    if (!options.isKeyPinned) {
      throw wrongUsage(
        'With --allow-http the server’s key has to be given: without it anybody on the way could be the server.',
        'Add --server-key sha256:… as the console or admin join-token create shows it.',
      )
    }
  }
  return `${parsed.scheme}://${parsed.authority}`
}
