import { createHash, type X509Certificate } from 'node:crypto'

export interface CertificateFacts {
  /** SHA-256 of its DER, base64url: what `openssl x509 -fingerprint -sha256` prints in hexadecimal. */
  readonly fingerprint: string
  readonly validFromMs: number
  readonly expiresAtMs: number
}

/** What of a certificate a gateway is known by. Nothing else in it is believed. */
export function readCertificateFacts(certificate: X509Certificate): CertificateFacts {
  return {
    fingerprint: createHash('sha256').update(certificate.raw).digest('base64url'),
    validFromMs: Date.parse(certificate.validFrom),
    expiresAtMs: Date.parse(certificate.validTo),
  }
}
