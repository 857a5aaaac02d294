import { createServer } from 'node:http'
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

announce(createServer(provider.callback()), async (url) => {
  const response = await fetch(`${url}/token`, {
    method: 'POST',
    headers: { authorization, 'content-type': 'application/x-www-form-urlencoded' },
    body: 'grant_type=client_credentials',
  })
  const answer = (await response.json()) as { access_token?: string }
  if (answer.access_token === undefined) throw new Error(`oidc-provider gave no token: ${JSON.stringify(answer)}`)
  return { token: answer.access_token, authorization }
})
