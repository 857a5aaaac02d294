import { X509Certificate } from 'node:crypto'
import type { Gateway } from '@/lib/contract/gateways'
import { canAddGatewayKey } from '@/lib/domain/gateway/gateway-can'
import { formatId } from '@/lib/domain/ids'
import { done, refuse, type Outcome } from '@/lib/domain/refusal'
import { findDatabaseErrorCode } from '../audit/database-error'
import { describePrincipal, type CallContext } from '../auth/call-context'
import type { Dependencies } from '../dependencies'
import { newUuid } from '../new-uuid'
import { changeGateway } from './change-gateway'
import { insertGatewayKey } from './gateway-store'
import { presentGateway } from './present-gateway'
import { readCertificateFacts, type CertificateFacts } from './read-certificate-facts'

/** Bits: shorter RSA keys can be broken (NIST SP 800-131A). */
const shortestRsa = 2048

/**
 * Pins a TLS client certificate, in PEM, as one of a gateway's keys. Refused when it is none, is over, has a weak key, or
 * belongs to a gateway already: one certificate names one gateway.
 */
export async function addGatewayCertificate(
  deps: Dependencies,
  context: CallContext,
  reference: string,
  pem: string,
): Promise<Outcome<Gateway>> {
  const read = readCertificate(pem, deps.now())
  if (read.outcome === 'refused') return read
  const { fingerprint, expiresAtMs } = read.value
  const hash = Buffer.from(fingerprint, 'base64url')
  const id = newUuid()
  const key = {
    ...{ id, kind: 'certificate' as const, hash: new Uint8Array(hash), expiresAt: new Date(expiresAtMs) },
    ...{ createdAt: deps.now(), createdBy: describePrincipal(context.principal) },
  }
  try {
    const outcome = await changeGateway(deps, context, reference, async (tx, gateway) => {
      const can = canAddGatewayKey(gateway)
      if (!can.can) return refuse('conflict', can.why)
      await insertGatewayKey(tx, { ...key, gatewayId: gateway.id })
      const detail = { keyId: formatId('gwk', id), fingerprint: hash.toString('hex') }
      return done({ action: 'gateway_certificate.add', detail })
    })
    return outcome.outcome === 'refused' ? outcome : done(presentGateway(outcome.value))
  } catch (error) {
    if (findDatabaseErrorCode(error) !== 'unique_violation') throw error
    return refuse('conflict', 'The certificate is pinned for a gateway already. Give each gateway one of its own.')
  }
}

function readCertificate(pem: string, now: Date): Outcome<CertificateFacts> {
  const wrong = (message: string) =>
    refuse('request_malformed', `The certificate ${message}.`, [{ path: 'body.certificate', message }])
  if (pem.split('-----BEGIN ').length !== 2) return wrong('has to be one block of PEM, and no private key')
  let certificate: X509Certificate
  try {
    certificate = new X509Certificate(pem)
  } catch {
    return wrong('cannot be read; it takes one certificate in PEM')
  }
  const facts = readCertificateFacts(certificate)
  if (!(facts.expiresAtMs > now.getTime())) return wrong('is over')
  const { asymmetricKeyType, asymmetricKeyDetails } = certificate.publicKey
  if (asymmetricKeyType === 'rsa' && (asymmetricKeyDetails?.modulusLength ?? 0) < shortestRsa) {
    return wrong(`has an RSA key of less than ${shortestRsa} bits`)
  }
  return done(facts)
}
