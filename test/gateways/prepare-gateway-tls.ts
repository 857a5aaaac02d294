import { freePort } from '../setup/free-port'
import type { GatewayPlace } from './gateway-kinds'
import { makeTlsFiles } from './tls-files'

/** A listener for gateways that prove themselves by a certificate. */
export interface PreparedGatewayTls {
  /** What a server is started with to have it. */
  readonly environment: Readonly<Record<string, string>>
  /** Where it is then, and the certificates around it. */
  readonly gatewayTls: Required<GatewayPlace>['gatewayTls']
  remove(): Promise<void>
}

export async function prepareGatewayTls(): Promise<PreparedGatewayTls> {
  const files = await makeTlsFiles()
  const port = await freePort()
  return {
    environment: {
      COUNTERSIGN_GATEWAY_TLS_PORT: String(port),
      COUNTERSIGN_GATEWAY_TLS_CERTIFICATE_FILE: files.serverCertificate,
      COUNTERSIGN_GATEWAY_TLS_KEY_FILE: files.serverKey,
    },
    gatewayTls: { port, files },
    remove: () => files.remove(),
  }
}
