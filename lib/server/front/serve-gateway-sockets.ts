import type { IncomingMessage, Server, ServerResponse } from 'node:http'
import { listenAtSocketPath, type ListeningSocket } from '@/lib/platform/listen-at-socket-path'
import type { GatewaySocket } from '../settings'
import type { GatewayProof } from '../verification/verification-types'
import { createFrontServer } from './create-front-server'

export interface ServedGatewaySockets {
  /** Takes no further connections, waits for what is under way, and removes the sockets. */
  close(): Promise<void>
  closeAllConnections(): void
}

/**
 * One Unix-domain socket for each gateway that is named in the settings: whoever can open it is that gateway, and what it
 * asks needs no key (docs/operate/unix-sockets.md). `onRequest` gets who asks with each request.
 */
export async function serveGatewaySockets(
  sockets: readonly GatewaySocket[],
  onRequest: (req: IncomingMessage, res: ServerResponse, proof: GatewayProof) => Promise<void>,
): Promise<ServedGatewaySockets> {
  const served: { readonly server: Server; readonly listening: ListeningSocket }[] = []
  const close = async () => {
    await Promise.all(
      served.map(async ({ server, listening }) => {
        await new Promise((resolve) => server.close(resolve))
        await listening.release()
      }),
    )
  }
  try {
    for (const { gatewayUuid, path } of sockets) {
      const server = createFrontServer((req, res) => onRequest(req, res, { kind: 'socket', gatewayUuid }))
      served.push({ server, listening: await listenAtSocketPath(server, path) })
    }
  } catch (error) {
    await close()
    throw error
  }
  return {
    close,
    closeAllConnections: () => {
      for (const { server } of served) server.closeAllConnections()
    },
  }
}
