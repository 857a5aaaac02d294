import type { IncomingMessage, Server, ServerResponse } from 'node:http'
import type { ClaimedSocketPath } from '@/lib/platform/claim-socket-path'
import { listenAtSharedSocketPath, listenAtSocketPath } from '@/lib/platform/listen-at-socket-path'
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
 * asks needs no key (docs/operate/unix-sockets.md). `onRequest` gets who asks with each request. `isShared` says that this is
 * one of several processes that listen together.
 */
export async function serveGatewaySockets(
  sockets: readonly GatewaySocket[],
  onRequest: (req: IncomingMessage, res: ServerResponse, proof: GatewayProof) => Promise<void>,
  { isShared }: { readonly isShared: boolean },
): Promise<ServedGatewaySockets> {
  const served: { readonly server: Server; claimed?: ClaimedSocketPath }[] = []
  const close = async () => {
    await Promise.all(
      served.map(async ({ server, claimed }) => {
        await new Promise((resolve) => server.close(resolve))
        await claimed?.release()
      }),
    )
  }
  try {
    for (const { gatewayUuid, path } of sockets) {
      const server = createFrontServer((req, res) => onRequest(req, res, { kind: 'socket', gatewayUuid }))
      if (isShared) await listenAtSharedSocketPath(server, path)
      served.push({ server, ...(!isShared && { claimed: await listenAtSocketPath(server, path) }) })
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
