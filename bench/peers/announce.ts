import type { Server } from 'node:http'
import type { AddressInfo } from 'node:net'

/** Listens on loopback, tells the parent where, and ends with it. */
export function announce(
  server: Server,
  beforeReady: (url: string) => Promise<object> = () => Promise.resolve({}),
): void {
  server.listen(0, '127.0.0.1', () => {
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
    beforeReady(url)
      .then((more) => process.send?.({ ready: true, url, ...more }))
      .catch((error: unknown) => {
        process.stderr.write(`${String(error)}\n`)
        process.exit(1)
      })
  })
  for (const signal of ['SIGTERM', 'SIGINT', 'disconnect'] as const) process.once(signal, () => process.exit(0))
}
