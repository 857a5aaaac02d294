// Calls the management API and times it, in a process of its own: whoever makes the load is busy, and would time itself.
import { Agent, request } from 'node:http'

const agent = new Agent({ keepAlive: true, maxSockets: 1 })

process.on('message', ({ url, token, body }) => {
  const startedMs = performance.now()
  const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' }
  const asked = request(url, { method: 'POST', agent, headers }, (response) => {
    response.resume()
    response.once('end', () => process.send({ status: response.statusCode, tookMs: performance.now() - startedMs }))
  })
  asked.once('error', () => process.send({ status: 0, tookMs: performance.now() - startedMs }))
  asked.end(JSON.stringify(body))
})
