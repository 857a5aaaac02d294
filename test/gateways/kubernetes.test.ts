import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import type { TestRequest } from '../setup/test-machine'
import { freePort } from '../setup/free-port'
import {
  askEnvoyHttp,
  openCheckClient,
  toAnswer,
  toCheckMessage,
  type EnvoyQuestion,
} from '../verification/support/ask-envoy'
import type { GatewayProcess } from './gateway-process'
import { host, openGatewayWorld, type GatewayWorld } from './gateway-world'
import { readRecipe } from './read-recipe'
import { startEnvoyWith } from './start-envoy'

/** Istio and the Gateway API: the requests that their sources say they send, by the lists of our manifests. */
let world: GatewayWorld
let key: string
let relay: GatewayProcess

beforeAll(async () => {
  world = await openGatewayWorld({ kinds: [] })
  const place = world.place('envoy')
  key = place.gatewayKey
  const port = await freePort()
  const { 'relay.yaml': configuration } = await readRecipe(
    'kubernetes-gateway.md',
    ['relay.yaml'],
    [
      ['address: 0.0.0.0, port_value: 8000', `address: 127.0.0.1, port_value: ${port}`],
      ['address: countersign, port_value: 3000', `address: 127.0.0.1, port_value: ${place.serverPort}`],
      ['address: countersign, port_value: 3001', `address: 127.0.0.1, port_value: ${place.grpcPort ?? 0}`],
    ],
  )
  relay = await startEnvoyWith(configuration, { port, environment: { COUNTERSIGN_GATEWAY_KEY: key } })
})
beforeEach(() => world.backend.forget())
afterAll(async () => {
  await relay?.stop()
  await world?.close()
})

/** The items of a list in a manifest. */
function listOf(manifest: string, name: string): string[] {
  const [, items = ''] = new RegExp(`^ *${name}:\\n((?: +- .*\\n)+)`, 'm').exec(manifest) ?? []
  return [...items.matchAll(/- (\S+)/g)].map(([, item = '']) => item)
}

function lineOf(manifest: string, name: string): string {
  return new RegExp(`^ *${name}: (.*)$`, 'm').exec(manifest)?.[1] ?? ''
}

interface Setup {
  readonly port: () => number
  readonly key: () => string | undefined
  /** Names of the client's header lines that go along. */
  readonly allowed: readonly string[]
  readonly path: string
  readonly longestBody: number
}

const istio: Promise<Setup> = readRecipe('istio.md', ['mesh-config.yaml'], []).then(({ 'mesh-config.yaml': mesh }) => ({
  port: () => world.server.port,
  // includeAdditionalHeadersInCheck becomes headers_to_add, and takes the place of the client's.
  key: () => (mesh.includes('countersign-gateway-key: csg_REPLACE_ME') ? key : undefined),
  allowed: listOf(mesh, 'includeRequestHeadersInCheck'),
  path: lineOf(mesh, 'pathPrefix'),
  longestBody: Number(lineOf(mesh, 'maxRequestBytes')),
}))
const gatewayApi: Promise<Setup> = readRecipe('kubernetes-gateway.md', ['route.yaml'], []).then(
  ({ 'route.yaml': route }) => ({
    port: () => relay.port,
    key: () => undefined,
    // HTTPAuthConfig: Host, Method, Path, Content-Length and Authorization are always sent.
    allowed: ['authorization', ...listOf(route, 'allowedHeaders')],
    path: lineOf(route, 'path'),
    longestBody: Number(/maxSize: (\d+)/.exec(route)?.[1]),
  }),
)

/** A request that the machine signed, with a body of its own or none. */
function sign(request: Omit<Partial<TestRequest>, 'body'> & { readonly body?: Buffer } = {}) {
  const whole = { method: 'GET', authority: host, target: '/v1/orders', ...request }
  return { ...whole, slug: 'orders', headers: world.machine.sign(whole) }
}

describe.each([
  ['Istio', istio],
  ['the Gateway API, through the relay', gatewayApi],
])('%s over HTTP', (_name, coming) => {
  /** The endpoint as the manifest names it, and the lines that its lists let through. */
  async function ask(asked: Omit<EnvoyQuestion, 'slug'>) {
    const setup = await coming
    const [, slug = ''] = /^\/api\/v1\/authz\/envoy\/(.*)$/.exec(setup.path) ?? []
    const isPartial = (asked.body?.length ?? 0) > setup.longestBody
    return askEnvoyHttp(setup.port(), {
      ...asked,
      slug,
      key: setup.key(),
      isRaw: false,
      headers: asked.headers.filter(([name]) => setup.allowed.includes(name.toLowerCase())),
      body: asked.body?.subarray(0, setup.longestBody),
      isPartial,
    })
  }

  test('a countersigned request is allowed once, whatever it carries of what a service covers', async () => {
    const headers = [
      ['authorization', 'Bearer first-factor'],
      ['x-api-key', 'key'],
      ['cookie', 'a=1; b=2'],
    ] as const
    const request = sign({ headers })
    expect(await ask(request)).toMatchObject({ status: 200, code: 'allowed' })
    expect((await ask(request)).code).toBe('credential_replayed')
  })

  test('the lists hold every field that a service covers unless told otherwise', async () => {
    for (const name of ['authorization', 'x-api-key', 'cookie', 'content-type', 'content-encoding']) {
      const request = sign()
      const answer = await ask({ ...request, headers: [...request.headers, [name, 'added']] })
      expect([name, answer.code]).toEqual([name, 'component_missing'])
    }
  })

  test('a body is checked as far as it is sent', async () => {
    const body = Buffer.from('two oranges')
    expect((await ask(sign({ method: 'POST', body }))).status).toBe(200)
    const other = await ask({ ...sign({ method: 'POST', body }), body: Buffer.from('two lemons') })
    expect(other.code).toBe('digest_mismatch')
    const long = Buffer.alloc(600_000, 'a')
    expect((await ask(sign({ method: 'POST', body: long }))).status).toBe(200)
  })

  test('a denial is 401 or 403 with its reason, and the backend’s headers are Countersign’s', async () => {
    for (const method of ['GET', 'OPTIONS', 'POST']) {
      expect(await ask({ ...sign({ method }), headers: [] })).toMatchObject({
        status: 401,
        code: 'credential_missing',
      })
    }
    expect((await ask({ ...sign(), target: '/v1/admin' })).code).toBe('signature_invalid')
    const { headers, headersToRemove } = await ask(sign())
    expect(headers.get('countersign-assertion')).toMatch(/^ey/)
    expect(headersToRemove).toContain('countersign-problem')
  })
})

test('what Countersign says to the backend is what the manifests hand on', async () => {
  const { 'mesh-config.yaml': mesh } = await readRecipe('istio.md', ['mesh-config.yaml'], [])
  const { 'route.yaml': route } = await readRecipe('kubernetes-gateway.md', ['route.yaml'], [])
  const ours = ['countersign-assertion', 'countersign-decision', 'countersign-machine']
  expect(listOf(mesh, 'headersToUpstreamOnAllow')).toEqual(ours)
  expect(listOf(route, 'allowedResponseHeaders')).toEqual(ours)
})

test('the Gateway API over gRPC: the relay says service and key, whatever the gateway says', async () => {
  const client = openCheckClient(relay.port)
  try {
    for (const isRaw of [true, false]) {
      const { attributes } = toCheckMessage({ ...sign(), isRaw })
      const message = { attributes: { ...attributes, context_extensions: {} } }
      const forged = { 'countersign-service': 'billing', 'countersign-gateway-key': 'csg_x' }
      expect(toAnswer(await client.check(message, forged)).code).toBe('allowed')
      expect(toAnswer(await client.check(message)).code).toBe('credential_replayed')
    }
  } finally {
    client.close()
  }
})

test('the relay leads to the questions about its service and nowhere else', async () => {
  for (const path of [
    '/',
    '/api/v1/machines',
    '/api/v1/authz/envoy/billing/v1',
    '/api/v1/authz/envoy/ordersx',
    '/healthz',
  ])
    expect([path, (await fetch(`http://127.0.0.1:${relay.port}${path}`)).status]).toEqual([path, 404])
})
