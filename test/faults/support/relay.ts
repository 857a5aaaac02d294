import { connect, createServer, type AddressInfo, type Socket } from 'node:net'

/** A TCP relay that can go silent, as a firewall or a dead host does: nothing is refused, nothing is answered. */
export interface Relay {
  readonly port: number
  /** From now on no byte passes, on open connections and on new ones. */
  silence(): void
  /** New connections pass again; those that were open stay dead for ever. */
  restore(): void
  close(): Promise<void>
}

export async function createRelay(targetPort: number): Promise<Relay> {
  const sockets = new Set<Socket>()
  const live = new Set<Socket>()
  let isSilent = false
  const server = createServer((client) => {
    sockets.add(client)
    client.on('error', () => client.destroy())
    client.on('close', () => sockets.delete(client))
    if (isSilent) return void client.pause()
    const target = connect(targetPort, '127.0.0.1')
    sockets.add(target)
    live.add(client).add(target)
    target.on('error', () => target.destroy())
    const forward = (from: Socket, to: Socket) => {
      from.on('data', (chunk) => live.has(from) && to.write(chunk))
      from.on('close', () => live.has(from) && to.destroy())
    }
    forward(client, target)
    forward(target, client)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    port: (server.address() as AddressInfo).port,
    silence() {
      isSilent = true
      for (const socket of live) socket.pause()
      live.clear()
    },
    restore() {
      isSilent = false
    },
    async close() {
      for (const socket of sockets) socket.destroy()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}
