import { writeFileSync } from 'node:fs'
import { createServer, request as httpRequest, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { afterEach, beforeAll, beforeEach, expect, test } from 'vitest'
import { makeTestFolder } from '@/lib/platform/testing/make-test-folder'
import { bundleAgent, createAgentRunner, type AgentRunner } from '../testing/run-agent'
import { startTestService, type TestService } from '../testing/start-test-service'

let program: string
let service: TestService
let upstream: Server
let upstreamUrl: string
let caller: AgentRunner
let keeper: AgentRunner
/** Answers that the upstream holds back until a test lets them go. */
let held: (() => void)[]

beforeAll(() => {
  program = bundleAgent()
})

beforeEach(async () => {
  service = await startTestService()
  held = []
  upstream = createServer((request, response) => {
    if (request.url === '/slow') held.push(() => response.end('late'))
    else response.end(`machine ${String(request.headers['countersign-machine'])}`)
  })
  await new Promise<void>((resolve) => upstream.listen(0, '127.0.0.1', resolve))
  upstreamUrl = `http://127.0.0.1:${(upstream.address() as AddressInfo).port}`
  caller = createAgentRunner(program)
  keeper = createAgentRunner(program)
  await caller.enroll(service)
})

afterEach(async () => {
  await caller.close()
  await keeper.close()
  upstream.close()
  upstream.closeAllConnections()
  await service.close()
})

const keyFile = (content: string): string => {
  const path = join(makeTestFolder(), 'key')
  writeFileSync(path, content, { mode: 0o600 })
  return path
}

async function startGate(...args: string[]) {
  const gate = keeper.start('gate', '--server', service.url, '--upstream', upstreamUrl, '--service', 'orders', ...args)
  await gate.untilStderr('listening on')
  const url = /listening on (\S+), before/.exec(gate.stderr())?.[1] ?? ''
  const authority = url.replace('http://', '')
  service.deployment.services = [
    { service: 'orders', authorities: [{ authority, pathPrefix: '/' }], coveredFields: [] },
  ]
  return { ...gate, url }
}

test('a gate with a key lets a countersigned request through, and nothing else', async () => {
  const gate = await startGate(
    '--listen',
    '127.0.0.1:0',
    '--gateway-key-file',
    keyFile(service.deployment.createGatewayKey()),
  )
  const result = await caller.run('fetch', 'GET', `${gate.url}/`)
  expect(result).toMatchObject({ code: 0, stdout: `machine ${service.deployment.machine().id}` })
  expect((await fetch(gate.url)).status).toBe(401)
})

test('a gate that is an enrolled machine holds its state directory and renews itself', async () => {
  await keeper.enroll(service)
  const gate = await startGate('--listen', '127.0.0.1:0')
  await gate.untilStderr('Renewed')
  expect((await caller.run('fetch', 'GET', `${gate.url}/`)).code).toBe(0)
  expect((await keeper.run('agent')).stderr).toContain('countersign gate')
})

test('SIGTERM lets what is under way end, and takes nothing new', async () => {
  const gate = await startGate(
    '--listen',
    '127.0.0.1:0',
    '--gateway-key-file',
    keyFile(service.deployment.createGatewayKey()),
  )
  const slow = caller.run('fetch', 'GET', `${gate.url}/slow`)
  await expect.poll(() => held.length).toBe(1)
  gate.process.kill('SIGTERM')
  await expect
    .poll(() =>
      fetch(gate.url).then(
        () => 'taken',
        () => 'refused',
      ),
    )
    .toBe('refused')
  for (const release of held) release()
  expect(await slow).toMatchObject({ code: 0, stdout: 'late' })
  expect(await gate.ended).toBe(0)
})

test('listens on a Unix-domain socket as well', async () => {
  const path = join(makeTestFolder(), 's')
  await startGate('--listen', `unix:${path}`, '--gateway-key-file', keyFile(service.deployment.createGatewayKey()))
  const status = await new Promise((resolve, reject) => {
    httpRequest({ socketPath: path, path: '/' }, (response) => resolve(response.resume().statusCode))
      .on('error', reject)
      .end()
  })
  expect(status).toBe(401)
})

test('wrong arguments are refused, and no key is repeated', async () => {
  const key = keyFile(service.deployment.createGatewayKey())
  const good = {
    server: service.url,
    upstream: upstreamUrl,
    service: 'orders',
    listen: '127.0.0.1:0',
    'gateway-key-file': key,
  }
  for (const [name, value] of [
    ['server', 'http://example.com'],
    ['upstream', `${upstreamUrl}/path`],
    ['upstream', 'unix:/x'],
    ['service', 'Not A Slug'],
    ['listen', '127.0.0.1'],
    ['listen', '127.0.0.1:99999'],
    ['max-body', 'much'],
    ['gateway-key-file', keyFile('s3cret-but-no-key')],
    ['gateway-key-file', '/nonexistent'],
  ] as const) {
    const args = Object.entries({ ...good, [name]: value }).flatMap(([option, text]) => [`--${option}`, text])
    const result = await keeper.run('gate', ...args)
    expect(result.code, `${name} ${value}`).toBe(2)
    expect(result.stderr).not.toContain('s3cret')
  }
})
