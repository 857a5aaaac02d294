import { createPrivateKey, X509Certificate } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import type { IncomingMessage, Server, ServerResponse } from 'node:http'
import type { Settings } from '../settings'
import { handleAuthz, sendDenial } from '../verification/handle-authz'
import { toProblem } from '../verification/http-problem'
import type { VerificationNode } from '../verification/verification-node'
import { createFrontServer } from './create-front-server'

/**
 * Listens with TLS for gateways that prove themselves by a client certificate, such as Traefik. Serves gateway endpoints and
 * nothing else. A certificate is asked for, and any is let in: the fingerprint decides, and a gateway that is not known gets
 * the same 403 as with a wrong key, where a failed handshake would be a 500 at its client's.
 *
 * Rejects, naming the setting, when certificate and key do not fit or the port is taken.
 */
export async function openGatewayListener(
  node: VerificationNode,
  tls: NonNullable<Settings['gatewayTls']>,
  options: { readonly host: string; readonly isEnding: () => boolean },
): Promise<Server> {
  const [cert, key] = await Promise.all([
    readPem('COUNTERSIGN_GATEWAY_TLS_CERTIFICATE_FILE', tls.certificateFile),
    readPem('COUNTERSIGN_GATEWAY_TLS_KEY_FILE', tls.keyFile),
  ])
  if (!isPair(cert, key)) {
    throw new Error(
      'COUNTERSIGN_GATEWAY_TLS_CERTIFICATE_FILE and COUNTERSIGN_GATEWAY_TLS_KEY_FILE take a PEM certificate and its private key.',
    )
  }
  const server = createFrontServer(
    async (req, res) => {
      if (options.isEnding()) res.shouldKeepAlive = false
      await answer(node, req, res)
    },
    { cert, key, requestCert: true, rejectUnauthorized: false, minVersion: 'TLSv1.2' },
  )
  await new Promise<void>((resolve, reject) => {
    server.once('error', (error) => {
      reject(
        new Error(
          `Cannot listen on ${options.host}, port ${tls.port} (COUNTERSIGN_GATEWAY_TLS_PORT): ${error.message}`,
        ),
      )
    })
    server.listen(tls.port, options.host, resolve)
  })
  return server
}

async function answer(node: VerificationNode, req: IncomingMessage, res: ServerResponse): Promise<void> {
  try {
    await handleAuthz(node, req, res)
  } catch (error) {
    node.logError('A request failed', error as Error)
    if (res.headersSent) res.destroy()
    else sendDenial(res, toProblem('unavailable'))
  }
}

/** Without the system's own words: they name the path, and some what is in it. */
async function readPem(setting: string, file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8')
  } catch {
    throw new Error(`${setting} names a file that cannot be read.`)
  }
}

function isPair(cert: string, key: string): boolean {
  try {
    return new X509Certificate(cert).checkPrivateKey(createPrivateKey(key))
  } catch {
    return false
  }
}
