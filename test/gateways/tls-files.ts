import { execFileSync } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'

export interface TlsFiles {
  readonly serverCertificate: string
  readonly serverKey: string
  readonly gatewayCertificate: string
  readonly gatewayKey: string
  /** Of nobody whom Countersign knows. */
  readonly strangerCertificate: string
  readonly strangerKey: string
  remove(): Promise<void>
}

/** Self-signed certificates: of the server for 127.0.0.1, of a gateway, and of a stranger with the gateway's very name. */
export async function makeTlsFiles(): Promise<TlsFiles> {
  const folder = await mkdtemp(path.join(tmpdir(), 'countersign-tls-'))
  const make = (name: string, subject: string, ...extensions: string[]) => {
    const [certificate, key] = [path.join(folder, `${name}.pem`), path.join(folder, `${name}.key`)]
    execFileSync(
      'openssl',
      [
        ...['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-days', '2'],
        ...['-subj', subject, '-out', certificate, '-keyout', key, ...extensions],
      ],
      { stdio: 'ignore' },
    )
    return [certificate, key] as const
  }
  const [serverCertificate, serverKey] = make('server', '/CN=server', '-addext', 'subjectAltName=IP:127.0.0.1')
  const [gatewayCertificate, gatewayKey] = make('gateway', '/CN=edge-traefik')
  const [strangerCertificate, strangerKey] = make('stranger', '/CN=edge-traefik')
  return {
    ...{ serverCertificate, serverKey, gatewayCertificate, gatewayKey, strangerCertificate, strangerKey },
    remove: () => rm(folder, { recursive: true, force: true }),
  }
}
