import { existsSync } from 'node:fs'
import { access, chmod, mkdtemp, readFile, rm } from 'node:fs/promises'
import { request as httpRequest } from 'node:http'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { listProcesses } from '@/bench/load/list-processes'
import { createTestPlace, type TestPlace } from '../setup/open-test-dependencies'
import { makeRequest, prepareService, type PreparedService } from '../setup/prepare-service'
import { startServer, tryStartServer, type RunningServer } from '../setup/start-server'
import type { TestMachine } from '../setup/test-machine'
import { createPlaceFolders } from '../setup/test-place'
import { freePort } from '../setup/free-port'
import { until } from '../verification/support/in-parallel'
import { keepAsking } from '../verification/support/keep-asking'
import { openConnection, rawRequest, type RawConnection } from '../verification/support/raw-http'

/** One verification node as two processes behind one port. */
let places: TestPlace[]
let people: RunningServer
let verifier: RunningServer
let service: PreparedService
let machine: TestMachine
let metricsPort: number
let socketFolder: string

beforeAll(async () => {
  const first = await createTestPlace('postgresql')
  const second = await createPlaceFolders()
  const environment = { ...first.environment, COUNTERSIGN_DATA_DIR: second.dataDirectory }
  places = [first, { ...second, kind: 'postgresql', environment }]
  socketFolder = await mkdtemp(path.join(tmpdir(), 'cs-processes-'))
  await chmod(socketFolder, 0o750)
  people = await startServer(places[0]!, { environment: { COUNTERSIGN_ROLE: 'console' } })
  service = await prepareService(people)
  machine = await service.enroll()
  metricsPort = await freePort()
  verifier = await startVerifier()
})

afterAll(async () => {
  await verifier?.stop()
  await people?.stop()
  for (const place of places.reverse()) await place.remove()
  await rm(socketFolder, { recursive: true, force: true })
})

const socketPath = () => path.join(socketFolder, 'orders.sock')
const startVerifier = () =>
  startServer(places[1]!, {
    environment: {
      COUNTERSIGN_ROLE: 'verification',
      COUNTERSIGN_PROCESSES: '2',
      COUNTERSIGN_PUBLIC_URL: people.url,
      COUNTERSIGN_METRICS_PORT: String(metricsPort),
      COUNTERSIGN_GATEWAY_SOCKETS: `${service.gatewayId}=${socketPath()}`,
      // Short on such nodes; here other tests share the machine.
      COUNTERSIGN_DECISION_DEADLINE_MS: '5000',
    },
  })

const deciding = () => listProcesses(verifier.child.pid ?? 0).slice(1)
const sign = (by = machine) => makeRequest(by, { target: '/orders', authority: service.authority })

/** nginx's question, as bytes for a connection that is kept. */
function question(sent = sign()): string {
  return rawRequest('GET /api/v1/authz/nginx/orders HTTP/1.1', [
    ['Host', 'a'],
    ...sent.headers,
    ['X-Original-Method', sent.method],
    ['X-Original-URI', sent.target],
    ['X-Original-Host', sent.authority],
    ['Countersign-Gateway-Key', service.gatewayKey],
  ])
}

async function readMetric(name: string): Promise<number> {
  const text = await (await fetch(`http://127.0.0.1:${metricsPort}/metrics`)).text()
  const lines = text.split('\n').filter((line) => line.startsWith(name) && /^[{ ]/.test(line.slice(name.length)))
  expect(lines, name).not.toEqual([])
  return lines.reduce((sum, line) => sum + Number(line.split(' ').at(-1)), 0)
}

/** Connections go to the processes in turn, so of two that follow each other every process has one. */
async function connectToEach(): Promise<[RawConnection, RawConnection]> {
  const one = await openConnection(verifier.port)
  await one.ask(question())
  const other = await openConnection(verifier.port)
  await other.ask(question())
  return [one, other]
}

test('every process decides, a credential passes once whichever is asked, and a revocation holds on all', async () => {
  expect(deciding()).toHaveLength(2)
  const connections = await connectToEach()
  for (const [first, second] of [connections, connections.toReversed()]) {
    const asked = question()
    expect((await first!.ask(asked))?.status).toBe(200)
    expect((await second!.ask(asked))?.headers.get('countersign-problem')).toContain('"credential_replayed"')
  }
  // At once on both: still one.
  for (let round = 0; round < 20; round++) {
    const asked = question()
    const answers = await Promise.all(connections.map((connection) => connection.ask(asked)))
    expect(answers.map((answer) => answer?.status).sort()).toEqual([200, 401])
  }
  const doomed = await service.enroll('doomed')
  for (const connection of connections) expect((await connection.ask(question(sign(doomed))))?.status).toBe(200)
  await people.api('POST', `/machines/${doomed.id}/revoke`, { reason: 'test' })
  for (const connection of connections)
    expect((await connection.ask(question(sign(doomed))))?.headers.get('countersign-problem')).toContain(
      '"machine_revoked"',
    )
})

test('what they measure is told together, and a fact that each of them finds is told once', async () => {
  const before = await readMetric('countersign_decisions_total')
  const connections = await connectToEach()
  for (const connection of connections) for (let count = 0; count < 5; count++) await connection.ask(question())
  expect((await readMetric('countersign_decisions_total')) - before).toBe(12)
  for (const fact of ['countersign_build_info', 'countersign_database_up']) expect(await readMetric(fact)).toBe(1)
  expect(await readMetric('countersign_decision_queue_depth')).toBe(0)
})

test('they share the socket of a gateway', async () => {
  const ask = () =>
    new Promise<number | undefined>((resolve, reject) => {
      const headers = { ...Object.fromEntries(sign().headers), 'X-Original-Method': 'GET', 'X-Original-URI': '/orders' }
      const options = { socketPath: socketPath(), path: '/api/v1/authz/nginx/orders', agent: false as const }
      const request = httpRequest(
        { ...options, headers: { ...headers, 'X-Original-Host': service.authority } },
        (response) => response.resume().once('end', () => resolve(response.statusCode)),
      )
      request.once('error', reject).end()
    })
  for (let count = 0; count < 4; count++) expect(await ask()).toBe(200)
  const taken = await tryStartServer(places[0]!, {
    environment: {
      COUNTERSIGN_DATA_DIR: path.join(socketFolder, 'data'),
      COUNTERSIGN_GATEWAY_SOCKETS: `${service.gatewayId}=${socketPath()}`,
    },
  })
  expect(taken).toMatchObject({ outcome: 'ended', code: 1 })
  if (taken.outcome === 'ended') expect(taken.output).toContain(`process ${verifier.child.pid}`)
})

test('one that is killed leaves the others deciding, loses no record, and is replaced', async () => {
  const machines = [await service.enroll('one'), await service.enroll('two')]
  const { authority } = service
  const load = keepAsking({
    servers: [verifier],
    machines,
    authority,
    ask: (server, request) => service.ask(server, request),
    isPatient: true,
  })
  await load.moreAnswers(50)
  const [victim, survivor] = deciding()
  process.kill(victim!, 'SIGKILL')
  await load.moreAnswers(50)
  await until(() => Promise.resolve(deciding().length === 2 || undefined))
  expect(deciding()).toContain(survivor)
  expect(deciding()).not.toContain(victim)
  await load.moreAnswers(50)
  const asked = await load.stop()
  expect(asked.filter(({ answer }) => answer && answer.code !== 'allowed')).toEqual([])
  for (const { request } of asked.filter(({ answer }) => answer).slice(-30))
    expect((await service.ask(verifier, request)).code).toBe('credential_replayed')
  expect(verifier.output()).toContain('A process ended by itself and is replaced')
  // The new one decides as well, on port and socket.
  await until(async () => (await readMetric('countersign_decision_duration_seconds_count')) > 0 || undefined)
  for (const connection of await connectToEach()) expect((await connection.ask(question()))?.status).toBe(200)
  await access(socketPath())
})

test('asked to end under load they answer what is open, leave nothing behind, and start again', async () => {
  const load = keepAsking({
    servers: [verifier],
    machines: [machine],
    authority: service.authority,
    ask: (server, request) => service.ask(server, request),
    lanes: 8,
  })
  await load.moreAnswers(50)
  const pids = deciding()
  expect(await verifier.stop()).toBe(0)
  for (const pid of pids) await expect(readFile(`/proc/${pid}/stat`)).rejects.toThrow('ENOENT')
  const asked = await load.stop()
  expect(asked.filter(({ answer }) => answer && answer.code !== 'allowed')).toEqual([])
  await expect(access(socketPath())).rejects.toThrow('ENOENT')
  verifier = await startVerifier()
  expect((await service.ask(verifier, sign())).code).toBe('allowed')
})

test('when the process that looks after them is killed nobody goes on deciding unseen', async () => {
  const pids = deciding()
  verifier.kill('SIGKILL')
  await verifier.exited()
  const hasEnded = (pid: number) => !existsSync(`/proc/${pid}`)
  await until(() => Promise.resolve(pids.every(hasEnded) || undefined))
  verifier = await startVerifier()
  expect((await service.ask(verifier, sign())).code).toBe('allowed')
})

test('what does not fit is said once, and it ends', async () => {
  const folders = await createPlaceFolders()
  const environment = { ...places[1]!.environment, COUNTERSIGN_DATA_DIR: folders.dataDirectory }
  const taken = await tryStartServer(
    { ...folders, kind: 'postgresql', environment },
    { port: verifier.port, environment: { COUNTERSIGN_ROLE: 'verification', COUNTERSIGN_PROCESSES: '3' } },
  )
  expect(taken).toMatchObject({ outcome: 'ended', code: 1 })
  if (taken.outcome === 'ended') expect(taken.output.match(/Cannot listen on/g)).toHaveLength(1)
  const all = await tryStartServer(
    { ...folders, kind: 'postgresql', environment },
    { environment: { COUNTERSIGN_PROCESSES: '2' } },
  )
  await folders.remove()
  if (all.outcome === 'ended')
    expect(all.output).toContain('COUNTERSIGN_PROCESSES above 1 is for nodes that only verify')
  expect(all.outcome).toBe('ended')
})
