// A small orders API that denies whatever comes without a valid assertion. Used by the README's tour.
// Usage: node examples/orders/api.mjs [port] [url of the Countersign server]

import { createServer } from 'node:http'
import { countersignOf, requireCountersign } from '../../dist/middleware.mjs'

const port = Number(process.argv[2] ?? 9000)
const issuer = process.argv[3] ?? 'http://localhost:3000'
const orders = [{ id: 42, sku: 'b-17', quantity: 2, status: 'open' }]

const countersign = requireCountersign({ issuer, service: 'orders', jwksUrl: `${issuer}/.well-known/jwks.json` })

const server = createServer((req, res) => {
  countersign(req, res, () => {
    const body = JSON.stringify({ calledBy: countersignOf(req).machine.id, orders })
    res.writeHead(200, { 'Content-Type': 'application/json' }).end(`${body}\n`)
  })
})
server.listen(port, '127.0.0.1', () => console.error(`The orders API listens on http://127.0.0.1:${port}`))
