import { readFileSync } from 'node:fs'
import { connect, createServer, type TLSSocket } from 'node:tls'
import type { AddressInfo } from 'node:net'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { readSettings } from '@/lib/server/settings'
import { readCertificateProof } from '@/lib/server/verification/read-certificate-proof'
import { makeTlsFiles, type TlsFiles } from './tls-files'

describe('what a connection with a certificate proves', () => {
  let tls: TlsFiles
  beforeAll(async () => {
    tls = await makeTlsFiles()
  })
  afterAll(() => tls?.remove())

  test('is nothing before its certificate is valid, nor after', async () => {
    const read = (file: string) => readFileSync(file)
    const server = createServer({
      ...{ cert: read(tls.serverCertificate), key: read(tls.serverKey) },
      ...{ requestCert: true, rejectUnauthorized: false },
    })
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    const accepted = new Promise<TLSSocket>((resolve) => server.once('secureConnection', resolve))
    const client = connect({
      ...{ host: '127.0.0.1', port: (server.address() as AddressInfo).port, ca: read(tls.serverCertificate) },
      ...{ cert: read(tls.gatewayCertificate), key: read(tls.gatewayKey) },
    })
    try {
      const socket = await accepted
      const day = 24 * 3600 * 1000
      const kinds = [-day, 1_000, 3 * day].map((offset) => readCertificateProof(socket, Date.now() + offset)?.kind)
      expect(kinds).toEqual(['none', 'certificate', 'none'])
    } finally {
      client.destroy()
      server.close()
    }
  })
})

describe('the settings of the listener for gateways', () => {
  const whole = {
    COUNTERSIGN_GATEWAY_TLS_PORT: '3443',
    COUNTERSIGN_GATEWAY_TLS_CERTIFICATE_FILE: '/etc/countersign/server.pem',
    COUNTERSIGN_GATEWAY_TLS_KEY_FILE: '/etc/countersign/server.key',
  }
  const errorsOf = (environment: Record<string, string>) => {
    const read = readSettings(environment)
    return read.outcome === 'read' ? [] : read.errors
  }

  test('are there together or not at all', () => {
    expect(errorsOf({})).toEqual([])
    expect(errorsOf(whole)).toEqual([])
    for (const missing of Object.keys(whole)) {
      expect(errorsOf({ ...whole, [missing]: '' })).toEqual([expect.stringContaining('go together')])
    }
  })

  test('are refused where nothing is decided, and with a port that is none', () => {
    expect(errorsOf({ ...whole, COUNTERSIGN_GATEWAY_TLS_PORT: '70000' })).toHaveLength(1)
    const console = {
      ...whole,
      COUNTERSIGN_ROLE: 'console',
      DATABASE_URL: 'postgresql://x',
      COUNTERSIGN_MASTER_KEY: 'x',
    }
    expect(errorsOf(console)).toEqual([expect.stringContaining('COUNTERSIGN_ROLE=console')])
  })
})
