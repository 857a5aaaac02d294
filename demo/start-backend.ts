import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { countersignOf, requireCountersign } from '@/middleware'
import type { ServiceSlug } from './company'

export interface Backend {
  readonly port: number
  close(): Promise<void>
}

/** A backend as examples/orders/api.mjs is one, in this process: it denies whatever comes without a valid assertion. */
export async function startBackend(service: ServiceSlug, issuer: string, observe: boolean): Promise<Backend> {
  const guard = requireCountersign({ issuer, service, jwksUrl: `${issuer}/.well-known/jwks.json`, observe })
  const server = createServer((req, res) =>
    guard(req, res, () => {
      const answer = JSON.stringify({ service, calledBy: countersignOf(req).machine?.id ?? null })
      res.writeHead(200, { 'Content-Type': 'application/json' }).end(`${answer}\n`)
    }),
  )
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    port: (server.address() as AddressInfo).port,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
}
