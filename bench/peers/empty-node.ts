import { createServer } from 'node:http'
import { announce } from './announce'

// An empty node:http handler: what Node.js itself takes for a request.

const body = '{}'
const server = createServer((_req, res) => {
  res.writeHead(200, { 'Content-Type': 'application/json', 'Content-Length': body.length })
  res.end(body)
})
announce(server)
