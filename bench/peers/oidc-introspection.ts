import { mkdtempSync, rmSync } from 'node:fs'
import { createServer } from 'node:http'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { Provider } from 'oidc-provider'
import { announce } from './announce'

// The peer: introspection (RFC 7662) of an opaque access token by oidc-provider with its own adapter in memory. It keeps
// no record, and a token may be shown as often as one likes.

const clientId = 'bench'
const clientSecret = 'a-secret-of-the-bench-and-nobody-else'
const authorization = `Basic ${Buffer.from(`${clientId}:${clientSecret}`).toString('base64')}`

const provider = new Provider('http://127.0.0.1', {
  clients: [
    {
      client_id: clientId,
      client_secret: clientSecret,
      grant_types: ['client_credentials'],
      redirect_uris: [],
      response_types: [],
      token_endpoint_auth_method: 'client_secret_basic',
    },
  ],
  features: {
    clientCredentials: { enabled: true },
    introspection: { enabled: true },
    devInteractions: { enabled: false },
  },
  ttl: { ClientCredentials: 3_600 },
})

const answer = provider.callback()
const folder = mkdtempSync(path.join(tmpdir(), 'countersign-bench-peer-'))
process.once('exit', () => rmSync(folder, { recursive: true, force: true }))
const socket = path.join(folder, 'socket')

announce(createServer(answer), async (url) => {
  await new Promise<void>((resolve) => createServer(answer).listen(socket, resolve))
  const response = await fetch(`${url}/token`, {
    method: 'POST',
    headers: { authorization, 'content-type': 'application/x-www-form-urlencoded' },
    body: 'grant_type=client_credentials',
  })
  const issued = (await response.json()) as { access_token?: string }
  if (issued.access_token === undefined) throw new Error(`oidc-provider gave no token: ${JSON.stringify(issued)}`)
  return { token: issued.access_token, authorization, socket }
})
