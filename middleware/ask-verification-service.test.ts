import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer as createHttpServer, type IncomingMessage, type RequestListener, type Server } from 'node:http'
import { createServer, type AddressInfo, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { countersignOf, requireCountersign, type CountersignFacts, type CredentialOptions } from '.'

/** What stands where the verification service should, and what a guard does with it. The real one is in `test/middleware`. */
const key = `csg_${'k'.repeat(43)}`
const deadlineMs = 300
/** The deadline, and time for a machine that is busy with other tests. */
const promisedMs = deadlineMs + 700

let folder: string
const closing: (() => Promise<void>)[] = []
let admitted: CountersignFacts[]

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'countersign-'))
  admitted = []
})
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close()
  rmSync(folder, { recursive: true, force: true })
})

async function listen(server: Server | ReturnType<typeof createServer>, where: number | string = 0): Promise<string> {
  const sockets = new Set<Socket>()
  server.on('connection', (socket: Socket) => {
    sockets.add(socket)
    socket.on('error', () => undefined)
  })
  await new Promise<void>((resolve) => {
    if (typeof where === 'string') server.listen(where, resolve)
    else server.listen(where, '127.0.0.1', resolve)
  })
  closing.push(
    () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        for (const socket of sockets) socket.destroy()
      }),
  )
  return typeof where === 'string' ? `unix:${where}` : `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}

async function startService(options: Partial<CredentialOptions> & { server: string }): Promise<string> {
  const guard = requireCountersign({ service: 'orders', deadlineMs, gatewayKey: key, ...options })
  return listen(
    createHttpServer((request, response) =>
      guard(request, response, () => {
        admitted.push(countersignOf(request))
        response.end('served')
      }),
    ),
  )
}

const allow = {
  decisionId: 'dec_01jzzzzzzzzzzzzzzzzzzzzzzz',
  outcome: 'allowed',
  machine: { id: 'mach_01jzzzzzzzzzzzzzzzzzzzzzzz', spiffeId: 'spiffe://t/m', name: 'm', generation: 1, labels: {} },
  authority: 'orders.example',
  content: 'none',
}

const answering = (listener: RequestListener) => () => listen(createHttpServer(listener))
const saying = (body: object | string, status = 200) =>
  answering(
    (_request, response) => void response.writeHead(status).end(typeof body === 'string' ? body : JSON.stringify(body)),
  )

const faults: readonly (readonly [name: string, start: () => Promise<string>])[] = [
  ['is not there', () => Promise.resolve('http://127.0.0.1:1')],
  ['takes connections and never answers', () => listen(createServer(() => undefined))],
  ['never ends its head', () => listen(createServer((socket) => void socket.write('HTTP/1.1 200 OK\r\n')))],
  [
    'never ends its answer',
    answering((_request, response) => void response.writeHead(200).write(JSON.stringify(allow).slice(0, -1))),
  ],
  ['closes each connection', () => listen(createServer((socket) => socket.destroy()))],
  ['says no HTTP', () => listen(createServer((socket) => socket.end('hello\r\n\r\n')))],
  ['answers 500', saying(allow, 500)],
  ['answers 503', saying(allow, 503)],
  ['answers 204', answering((_request, response) => void response.writeHead(204).end())],
  ['sends elsewhere', answering((_request, response) => void response.writeHead(302, { Location: '/yes' }).end())],
  ['answers 200 with a page', saying('<html>')],
  ['answers 200 with nothing', saying('')],
  ['answers 200 with a list', saying('[]')],
  ['answers 200 without a decision', saying({ ...allow, decisionId: undefined })],
  ['answers 200 without an outcome', saying({ ...allow, outcome: undefined })],
  ['answers 200 with an outcome of its own', saying({ ...allow, outcome: 'maybe' })],
  ['answers 200 without a machine', saying({ ...allow, machine: undefined })],
  ['answers 200 with half a machine', saying({ ...allow, machine: { id: 'mach_x' } })],
  ['answers 200 without saying who compares the body', saying({ ...allow, content: undefined })],
  ['answers 200 with a megabyte', saying({ ...allow, more: 'x'.repeat(1_000_000) })],
  ['answers 401 without a reason', saying('', 401)],
  ['answers 403 with a page', saying('<html>', 403)],
]

test.each(faults)('when the verification service %s, nobody is let in, in time', async (_name, start) => {
  const url = await startService({ server: await start() })
  const startedAt = performance.now()
  const answer = await fetch(url)
  expect([answer.status, await answer.json()]).toEqual([403, expect.objectContaining({ code: 'unavailable' })])
  expect(answer.headers.get('countersign-problem')).toContain('"unavailable"')
  expect(performance.now() - startedAt).toBeLessThan(promisedMs)
  expect(admitted).toEqual([])
})

test('asks over connections that are kept, and over new ones after the service has closed them', async () => {
  const asked: IncomingMessage[] = []
  const connections = new Set<Socket>()
  const verifier = createHttpServer((request, response) => {
    asked.push(request)
    connections.add(request.socket)
    response.end(JSON.stringify(allow))
  })
  const url = await startService({ server: await listen(verifier) })
  for (let count = 0; count < 10; count += 1) expect((await fetch(url)).status).toBe(200)
  expect([asked.length, connections.size]).toEqual([10, 1])
  verifier.closeAllConnections()
  expect((await fetch(url)).status).toBe(200)
  expect([asked[0]?.headers['countersign-gateway-key'], asked[0]?.url]).toEqual([key, '/api/v1/verify'])
})

test('a denial is the verification service’s own, with what a client needs of it', async () => {
  const problem = JSON.stringify({ code: 'component_missing', status: 401, decisionId: 'dec_x' })
  const verifier = createHttpServer((_request, response) => {
    response.writeHead(401, {
      'WWW-Authenticate': 'Countersign',
      'Accept-Signature': 'cs=("@method")',
      'Countersign-Problem': problem,
      'Set-Cookie': 'a=b',
    })
    response.end(problem)
  })
  const answer = await fetch(await startService({ server: await listen(verifier) }))
  expect([answer.status, await answer.text()]).toEqual([401, problem])
  expect(answer.headers.get('accept-signature')).toBe('cs=("@method")')
  expect([answer.headers.get('countersign-problem'), answer.headers.get('set-cookie')]).toEqual([problem, null])
})

test('sends every line but those in our own name, and reads no body of a request without a signature', async () => {
  let question: { headers?: [string, string][]; bodyDigest?: string } = {}
  const verifier = createHttpServer((request, response) => {
    void request.toArray().then((parts: Buffer[]) => {
      question = JSON.parse(Buffer.concat(parts).toString()) as typeof question
      response.writeHead(401).end(JSON.stringify({ code: 'credential_missing' }))
    })
  })
  const url = await startService({ server: await listen(verifier), maxBodyBytes: 1 })
  const headers = { 'X-Api-Key': 'k', 'Countersign-Gateway-Key': 'stolen', Countersign_Machine: 'x' }
  const answer = await fetch(url, { method: 'POST', headers, body: 'longer than one byte' })
  expect(answer.status).toBe(401)
  const names = question.headers?.map(([name]) => name.toLowerCase()) ?? []
  expect(names).toContain('x-api-key')
  expect(names.filter((name) => name.startsWith('countersign'))).toEqual([])
  expect(question.bodyDigest).toBeUndefined()
})

test('over a Unix-domain socket no key is sent, because the socket says who asks', async () => {
  let sentKey: unknown = 'none asked'
  const verifier = createHttpServer((request, response) => {
    sentKey = request.headers['countersign-gateway-key']
    response.end(JSON.stringify(allow))
  })
  const server = await listen(verifier, join(folder, 's.sock'))
  const guard = requireCountersign({ service: 'orders', server })
  const url = await listen(
    createHttpServer((req, res) => guard(req, res, () => void res.end(countersignOf(req).decisionId))),
  )
  expect(await (await fetch(url)).text()).toBe(allow.decisionId)
  expect(sentKey).toBeUndefined()
})

test('bodies are held only as far as there is room for all of them', async () => {
  const verifier = createHttpServer(() => undefined)
  const url = await startService({ server: await listen(verifier), maxBodyBytes: 1_000, maxHeldBytes: 1_500 })
  const send = () => fetch(url, { method: 'POST', headers: { 'Signature-Input': 'cs=()' }, body: 'x'.repeat(1_000) })
  const [first, second] = await Promise.all([send(), send()])
  const details = await Promise.all(
    [first, second].map(async (answer) => ((await answer.json()) as { detail: string }).detail),
  )
  expect(details.filter((detail) => detail.includes('as many bodies'))).toHaveLength(1)
  // And there is room again when they are gone.
  expect(((await (await send()).json()) as { detail: string }).detail).toContain('did not answer in time')
})

test('options that could not protect anything are refused at once, and no key is repeated', () => {
  const open = join(folder, 'open.key')
  writeFileSync(open, key)
  chmodSync(open, 0o644)
  const noKey = join(folder, 'no.key')
  writeFileSync(noKey, 'HUNTER2', { mode: 0o600 })
  const server = 'https://countersign.example'
  const bad: Partial<CredentialOptions>[] = [
    { server },
    { server, gatewayKey: key, service: 'Not A Slug' },
    { server, gatewayKey: 'HUNTER2' },
    { server, gatewayKey: key, gatewayKeyFile: open },
    { server, gatewayKeyFile: open },
    { server, gatewayKeyFile: noKey },
    { server, gatewayKey: key, deadlineMs: 0 },
    { server: 'http://countersign.example', gatewayKey: key },
    { server: 'https://countersign.example/path', gatewayKey: key },
    { server: 'https://user:HUNTER2@countersign.example', gatewayKey: key },
    { server: 'file:///etc/passwd', gatewayKey: key },
    { server: 'unix:relative.sock' },
  ]
  for (const options of bad) {
    let message = 'was taken'
    try {
      requireCountersign({ service: 'orders', ...options } as CredentialOptions)
    } catch (error) {
      expect(error).toBeInstanceOf(TypeError)
      message = (error as Error).message
    }
    expect([message.includes('was taken'), message.includes('HUNTER2')]).toEqual([false, false])
  }
  expect(() => requireCountersign({ service: 'orders', server: `unix:/${'x'.repeat(101)}` })).toThrow('100')
})
