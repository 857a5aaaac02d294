import { readFileSync } from 'node:fs'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { computeContentDigest, type HttpField } from '@/lib/protocol'
import type { Gateway } from '@/lib/contract/gateways'
import { createTestPlace, type TestPlace } from '../setup/open-test-dependencies'
import { prepareService, type PreparedService } from '../setup/prepare-service'
import { startServer, type RunningServer } from '../setup/start-server'
import type { TestMachine } from '../setup/test-machine'
import { freePort } from '../setup/free-port'
import { buildApisixQuestion, buildTraefikQuestion, type ClientRequest } from './built-requests'
import { sendRaw, type RawAnswer } from './raw-http'
import { makeTlsFiles, type TlsFiles } from './tls-files'

/** The exact questions of gateways that forward bodies, and what a gateway with a certificate is. */
const host = 'orders.example'
let place: TestPlace
let tls: TlsFiles
let server: RunningServer
let service: PreparedService
let apisixKey: string
let traefik: Gateway
let gatewayTlsPort: number
let machine: TestMachine

beforeAll(async () => {
  place = await createTestPlace('postgresql')
  tls = await makeTlsFiles()
  gatewayTlsPort = await freePort()
  server = await startServer(place, {
    environment: {
      COUNTERSIGN_GATEWAY_TLS_PORT: String(gatewayTlsPort),
      COUNTERSIGN_GATEWAY_TLS_CERTIFICATE_FILE: tls.serverCertificate,
      COUNTERSIGN_GATEWAY_TLS_KEY_FILE: tls.serverKey,
    },
  })
  service = await prepareService(server, { slug: 'orders', profile: 'apisix', authority: host })
  apisixKey = service.gatewayKey
  const body = { name: 'edge-traefik', profile: 'traefik', services: ['orders'] }
  expect((await server.api('POST', '/gateways', body)).status).toBe(201)
  traefik = await pin()
  machine = await service.enroll('caller')
})
afterAll(async () => {
  await server?.stop()
  await tls?.remove()
  await place?.remove()
})

async function pin(): Promise<Gateway> {
  const certificate = readFileSync(tls.gatewayCertificate, 'utf8')
  const pinned = await server.api<Gateway>('POST', '/gateways/edge-traefik/certificates', { certificate })
  expect(pinned.status).toBe(201)
  return pinned.body
}

const clientTls = (certificate?: string, key?: string) => ({
  ca: readFileSync(tls.serverCertificate),
  ...(certificate && key && { cert: readFileSync(certificate), key: readFileSync(key) }),
})

type Sent = Partial<ClientRequest> & { readonly signedBody?: string; readonly unsigned?: boolean }

function clientRequest(sent: Sent = {}, signer = machine): ClientRequest {
  const { method = 'GET', target = '/v1/orders?a=%2F', body, signedBody = body, fields = [], unsigned, ...rest } = sent
  const digest: HttpField[] =
    signedBody === undefined ? [] : [['Content-Digest', computeContentDigest(Buffer.from(signedBody))]]
  const signed = unsigned ? [] : signer.sign({ method, authority: host, target, headers: digest })
  return { method, target, host, ...(body !== undefined && { body }), ...rest, fields: [...signed, ...fields] }
}

const kinds = {
  traefik: (request: ClientRequest) =>
    sendRaw(gatewayTlsPort, buildTraefikQuestion(request, 'orders'), clientTls(tls.gatewayCertificate, tls.gatewayKey)),
  apisix: (request: ClientRequest) => sendRaw(server.port, buildApisixQuestion(request, 'orders', apisixKey)),
}

function contentOf(answer: RawAnswer): unknown {
  const [, claims = ''] = (answer.header('countersign-assertion') ?? '').split('.')
  return (JSON.parse(Buffer.from(claims, 'base64url').toString()) as { content: unknown }).content
}

const outcomeOf = (answer: RawAnswer) => [answer.status, answer.code]

describe.each(['traefik', 'apisix'] as const)('the questions of %s', (kind) => {
  const ask = (sent?: Sent, signer?: TestMachine) => kinds[kind](clientRequest(sent, signer))

  test.each(['GET', 'HEAD', 'OPTIONS', 'DELETE'])('%s with a credential is allowed', async (method) => {
    const answer = await ask(method === 'DELETE' ? { method, signedBody: '' } : { method })
    expect(outcomeOf(answer)).toEqual([200, undefined])
    expect(answer.header('countersign-machine')).toBe(machine.id)
    // A body that did not come is not taken for an empty one: the gateway may be set to forward none.
    expect(contentOf(answer)).toBe(method === 'DELETE' ? 'unchecked' : 'none')
  })

  test.each([false, true])(
    'a body is compared with its digest (in chunks: %s), and the assertion says so',
    async (isChunked) => {
      // APISIX has read the chunks, and sends them with a length.
      const answer = await ask({ method: 'POST', body: 'two oranges', isChunked: isChunked && kind === 'traefik' })
      expect([answer.status, contentOf(answer)]).toEqual([200, 'checked'])
      const changed = await ask({ method: 'POST', body: 'two lemons!', signedBody: 'two oranges', isChunked })
      expect(outcomeOf(changed)).toEqual([401, 'digest_mismatch'])
    },
  )

  test('a body on GET is refused', async () => {
    expect(outcomeOf(await ask({ body: 'two oranges', signedBody: '' }))).toEqual([401, 'body_unexpected'])
  })

  test('where checked bodies are required, a forwarded one is enough and a missing one is not', async () => {
    await server.api('PATCH', '/services/orders', { bodyBinding: 'required' })
    try {
      expect((await ask({ method: 'POST', body: 'two oranges' })).status).toBe(200)
      expect(outcomeOf(await ask({ method: 'POST', signedBody: 'two oranges' }))).toEqual([403, 'body_unchecked'])
      const long = 'x'.repeat(1024 * 1024 + 1)
      expect(outcomeOf(await ask({ method: 'POST', body: long }))).toEqual([403, 'body_unchecked'])
    } finally {
      await server.api('PATCH', '/services/orders', { bodyBinding: 'backend' })
    }
  })

  test('a replay is refused, and so is a revoked machine from the moment of the answer', async () => {
    const request = clientRequest({ method: 'POST', body: 'two oranges' })
    expect((await kinds[kind](request)).status).toBe(200)
    expect(outcomeOf(await kinds[kind](request))).toEqual([401, 'credential_replayed'])
    const thief = await service.enroll('thief')
    const prepared = clientRequest({}, thief)
    expect((await server.api('POST', `/machines/${thief.id}/revoke`, { reason: 'stolen' })).status).toBe(200)
    expect(outcomeOf(await kinds[kind](prepared))).toEqual([403, 'machine_revoked'])
  })

  test.each(['GET', 'POST', 'HEAD', 'OPTIONS'])('%s without a credential: 401 with the reason', async (method) => {
    const answer = await ask({ method, unsigned: true })
    expect(outcomeOf(answer)).toEqual([401, 'credential_missing'])
    expect(answer.header('www-authenticate')).toBe('Countersign')
    expect(answer.header('content-type')).toBe('application/problem+json')
  })

  test('a WebSocket handshake is decided like any request', async () => {
    const fields: HttpField[] = [
      ['Connection', 'Upgrade'],
      ['Upgrade', 'websocket'],
      ['Sec-WebSocket-Key', 'dGhlIHNhbXBsZSBub25jZQ=='],
    ]
    expect((await ask({ fields })).status).toBe(200)
    expect(outcomeOf(await ask({ fields, unsigned: true }))).toEqual([401, 'credential_missing'])
  })

  test('other dialects’ headers, and a target that was not signed, change nothing', async () => {
    const fields: HttpField[] = [
      ['X-Original-Method', 'POST'],
      ['X-Original-URI', '/v1/admin'],
      ['X-Rewrite-URL', '/v1/admin'],
    ]
    expect((await ask({ fields })).status).toBe(200)
    const request = clientRequest()
    expect(outcomeOf(await kinds[kind]({ ...request, target: '/v1/admin' }))).toEqual([401, 'signature_invalid'])
    expect(outcomeOf(await kinds[kind]({ ...request, method: 'OPTIONS' }))).toEqual([401, 'signature_invalid'])
    expect(outcomeOf(await kinds[kind]({ ...request, target: '/v1/x/../orders' }))).toEqual([
      401,
      'credential_malformed',
    ])
  })

  test('a body that never ends is not waited for', async () => {
    const request = clientRequest({ method: 'POST', body: 'two oranges' })
    const bytes =
      kind === 'traefik' ? buildTraefikQuestion(request, 'orders') : buildApisixQuestion(request, 'orders', apisixKey)
    const cut = bytes.slice(0, -5)
    const answer = await (kind === 'traefik'
      ? sendRaw(gatewayTlsPort, cut, clientTls(tls.gatewayCertificate, tls.gatewayKey))
      : sendRaw(server.port, cut))
    expect(outcomeOf(answer)).toEqual([403, 'unavailable'])
    expect(answer.tookMs).toBeLessThan(2_000)
  })
})

describe('a gateway with a certificate', () => {
  const question = (fields: HttpField[] = []) => buildTraefikQuestion(clientRequest({ fields }), 'orders')
  const unknown = [403, 'gateway_unknown']

  test('is shown with its fingerprint, which openssl prints too', () => {
    expect(traefik.keys).toMatchObject([
      { kind: 'certificate', fingerprint: expect.stringMatching(/^[0-9a-f]{64}$/) as string },
    ])
    expect(Date.parse(traefik.keys[0]?.expiresAt ?? '')).toBeGreaterThan(Date.now())
  })

  test('is nobody without it, or with a stranger’s of the same name, whatever key a client adds', async () => {
    for (const fields of [[], [['Countersign-Gateway-Key', apisixKey]]] as HttpField[][]) {
      expect(outcomeOf(await sendRaw(gatewayTlsPort, question(fields), clientTls()))).toEqual(unknown)
      const stranger = clientTls(tls.strangerCertificate, tls.strangerKey)
      expect(outcomeOf(await sendRaw(gatewayTlsPort, question(fields), stranger))).toEqual(unknown)
    }
    const own = clientTls(tls.gatewayCertificate, tls.gatewayKey)
    expect((await sendRaw(gatewayTlsPort, question([['Countersign-Gateway-Key', 'csg_wrong']]), own)).status).toBe(200)
  })

  test('cannot use the fingerprint, or the certificate, as a key', async () => {
    const fingerprint = traefik.keys[0]?.fingerprint ?? ''
    for (const key of [fingerprint, Buffer.from(fingerprint, 'hex').toString('base64url')]) {
      expect(outcomeOf(await sendRaw(server.port, question([['Countersign-Gateway-Key', key]])))).toEqual(unknown)
    }
  })

  test('speaks for its own profile and its own services, and finds nothing but gateway endpoints', async () => {
    const own = clientTls(tls.gatewayCertificate, tls.gatewayKey)
    const as = (path: string) => sendRaw(gatewayTlsPort, question().replace('/api/v1/authz/traefik/orders', path), own)
    expect(outcomeOf(await as('/api/v1/authz/caddy/orders'))).toEqual(unknown)
    for (const path of ['/api/v1/authz/traefik/billing', '/healthz', '/', '/api/v1/gateways', '/sign-in']) {
      expect(outcomeOf(await as(path))).toEqual([403, 'service_unknown'])
    }
  })

  test('is refused a certificate that is none, is pinned already, or comes with a private key', async () => {
    const add = (certificate: string) =>
      server.api<{ code: string }>('POST', '/gateways/edge-traefik/certificates', { certificate })
    const pem = readFileSync(tls.gatewayCertificate, 'utf8')
    expect((await add(pem)).body.code).toBe('conflict')
    const key = readFileSync(tls.gatewayKey, 'utf8')
    for (const wrong of ['', 'hello', pem + pem, key, pem + key, pem.replace(/\n[^-]/, '\n!')]) {
      const { body } = await add(wrong)
      expect(body.code).toBe('request_malformed')
      // The answer repeats nothing of what it was given.
      expect(JSON.stringify(body)).not.toContain('BEGIN')
      expect(JSON.stringify(body).includes('must not hold a private key')).toBe(wrong.includes(key))
    }
  })

  test('is nobody from the moment its certificate is removed, on an open connection too', async () => {
    const own = clientTls(tls.gatewayCertificate, tls.gatewayKey)
    const first = question().replace('Connection: close', 'Connection: keep-alive')
    expect((await sendRaw(gatewayTlsPort, first + question(), own)).statuses).toEqual([200, 200])
    const removed = await server.api('DELETE', `/gateways/edge-traefik/keys/${traefik.keys[0]?.id}`)
    expect(removed.status).toBe(200)
    expect(outcomeOf(await sendRaw(gatewayTlsPort, question(), own))).toEqual(unknown)
    traefik = await pin()
    expect((await sendRaw(gatewayTlsPort, question(), own)).status).toBe(200)
  })
})
