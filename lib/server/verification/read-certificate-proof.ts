import type { Socket } from 'node:net'
import { TLSSocket } from 'node:tls'
import { readCertificateFacts } from '../gateway/read-certificate-facts'
import type { GatewayProof } from './verification-types'

interface SeenCertificate {
  readonly fingerprint: string
  readonly validFromMs: number
  readonly expiresAtMs: number
}

/** What each connection showed in its handshake: certificates are parsed once a connection, not once a question. */
const seen = new WeakMap<TLSSocket, SeenCertificate | null>()

/**
 * Which gateway a TLS connection proves to be: the one whose certificate is pinned. The handshake has shown that the other
 * side holds its private key (RFC 8446, section 4.4.3). No authority is asked: the fingerprint is looked up like the hash of
 * a key, so who signed the certificate does not matter, but its time does. Undefined for a connection without TLS.
 */
export function readCertificateProof(socket: Socket, nowMs: number): GatewayProof | undefined {
  if (!(socket instanceof TLSSocket)) return undefined
  let certificate = seen.get(socket)
  if (certificate === undefined) {
    const shown = socket.getPeerX509Certificate()
    certificate = shown ? readCertificateFacts(shown) : null
    seen.set(socket, certificate)
  }
  if (!certificate || nowMs < certificate.validFromMs || nowMs >= certificate.expiresAtMs) return { kind: 'none' }
  return { kind: 'certificate', fingerprint: certificate.fingerprint }
}
