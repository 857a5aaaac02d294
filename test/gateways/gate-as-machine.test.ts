import { mkdtemp, rm } from 'node:fs/promises'
import { createServer, type Server } from 'node:http'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { createTestPlace, type TestPlace } from '../setup/open-test-dependencies'
import { prepareService, type PreparedService } from '../setup/prepare-service'
import { runAgentCommand } from '../setup/run-agent-command'
import { startServer, type RunningServer } from '../setup/start-server'
import { freePort } from '../setup/free-port'
import { startGatewayProcess, type GatewayProcess } from './gateway-process'

const program = path.resolve(import.meta.dirname, '../../dist/countersign.mjs')

let place: TestPlace
let server: RunningServer
let service: PreparedService
let folder: string
let backend: Server
let gate: GatewayProcess
let gateMachineId: string
let arrived = 0

beforeAll(async () => {
  place = await createTestPlace('postgresql')
  server = await startServer(place)
  service = await prepareService(server)
  folder = await mkdtemp(path.join(tmpdir(), 'countersign-gate-machine-'))
  backend = createServer((_request, response) => {
    arrived++
    response.end('from the backend')
  })
  const backendPort = await freePort()
  await new Promise<void>((resolve) => backend.listen(backendPort, '127.0.0.1', resolve))

  const state = path.join(folder, 'state')
  const token = await server.api<{ token: string }>('POST', '/join-tokens', { name: 'gate' })
  const enroll = ['enroll', '--server', server.url, '--token-file', '-', '--name', 'gate-1']
  const enrolled = await runAgentCommand(state, enroll, token.body.token)
  gateMachineId = /mach_[0-9a-z]{26}/.exec(enrolled.stdout + enrolled.stderr)?.[0] ?? ''
  const gateway = { name: 'gate-1', profile: 'gate', services: [service.slug], machineId: gateMachineId }
  expect((await server.api('POST', '/gateways', gateway)).status).toBe(201)

  const port = await freePort()
  const options = ['--server', server.url, '--listen', `127.0.0.1:${port}`, '--service', service.slug, '--state', state]
  gate = await startGatewayProcess(
    process.execPath,
    [program, 'gate', ...options, '--upstream', `http://127.0.0.1:${backendPort}`],
    { port, cwd: folder, cleanUp: () => rm(folder, { recursive: true, force: true }) },
  )
  // It denies until its machine has renewed.
  await vi.waitFor(async () => expect((await ask([])).code).toBe('credential_missing'), { timeout: 20_000 })
}, 60_000)

afterAll(async () => {
  await gate.stop()
  await new Promise((resolve) => backend.close(resolve))
  await server.stop()
  await place.remove()
})

async function ask(headers: readonly (readonly [string, string])[]): Promise<{ status: number; code: string }> {
  const response = await fetch(`http://127.0.0.1:${gate.port}/v1/orders`, {
    headers: headers.map(([name, value]): [string, string] => [name, value]),
  })
  const text = await response.text()
  return { status: response.status, code: response.ok ? text : (JSON.parse(text) as { code: string }).code }
}

test('a gate that is an enrolled machine asks without a key, until that machine is revoked', async () => {
  const machine = await service.enroll('caller')
  const request = { authority: service.authority, target: '/v1/orders' }
  const headers = machine.sign(request)
  expect(await ask(headers)).toEqual({ status: 200, code: 'from the backend' })
  expect(await ask(headers)).toEqual({ status: 401, code: 'credential_replayed' })
  expect(await ask([])).toEqual({ status: 401, code: 'credential_missing' })
  expect(arrived).toBe(1)

  const revoked = await server.api('POST', `/machines/${gateMachineId}/revoke`, { reason: 'replaced' })
  expect(revoked.status).toBe(200)
  expect(await ask(machine.sign(request))).toEqual({ status: 403, code: 'gateway_unknown' })
  expect(arrived).toBe(1)
  // The caller itself is as good as before: another gateway lets it pass.
  const elsewhere = { method: 'GET', ...request, headers: machine.sign(request) }
  expect(await service.ask(server, elsewhere)).toMatchObject({ status: 200, code: 'allowed' })
})
