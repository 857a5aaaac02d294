import { readFileSync, statSync } from 'node:fs'
import { request as httpRequest } from 'node:http'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { makeTestFolder } from '@/lib/platform/testing/make-test-folder'
import { createCountersignClient } from '../library/create-countersign-client'
import { bundleAgent, createAgentRunner, type AgentRunner } from '../testing/run-agent'
import { startGatedBackend, type GatedBackend } from '../testing/start-gated-backend'
import { startTestService, type TestService } from '../testing/start-test-service'

let program: string
let service: TestService
let backend: GatedBackend
let agent: AgentRunner

beforeAll(() => {
  program = bundleAgent()
})

beforeEach(async () => {
  service = await startTestService()
  backend = await startGatedBackend(service)
  agent = createAgentRunner(program)
  await agent.enroll(service)
})

afterEach(async () => {
  await agent.close()
  await backend.close()
  await service.close()
})

const socketPath = (): string => join(agent.stateDirectory, 'agent.sock')

function callSocket(
  method: string,
  path: string,
  body?: string,
  socket = socketPath(),
): Promise<{ status: number; text: string }> {
  return new Promise((resolve, reject) => {
    const request = httpRequest({ socketPath: socket, method, path, agent: false }, (response) => {
      let text = ''
      response.setEncoding('utf8').on('data', (part: string) => (text += part))
      response.on('end', () => resolve({ status: response.statusCode ?? 0, text }))
    })
    request.on('error', reject)
    request.end(body)
  })
}

describe('countersign agent', () => {
  test('renews at its start, signs for commands, and ends in good order', async () => {
    const running = await agent.startAgent()
    const generations = service.deployment.machine().generations.length
    for (let count = 0; count < 3; count += 1) {
      expect((await agent.run('fetch', 'GET', `${backend.url}/`)).code).toBe(0)
    }
    expect(service.deployment.machine().generations).toHaveLength(generations)
    const status = JSON.parse((await agent.run('status', '--json')).stdout) as Record<string, unknown>
    expect(status).toMatchObject({
      agent: { pid: running.process.pid, socket: socketPath() },
      signing: { generation: 2, usedNumbers: 3 },
    })
    running.process.kill('SIGTERM')
    expect(await running.ended).toBe(0)
    expect(() => statSync(socketPath())).toThrow()
    expect((await agent.run('fetch', 'GET', `${backend.url}/`)).code).toBe(0)
  })

  test('holds the state directory alone: a second agent names the first, enroll too', async () => {
    const running = await agent.startAgent()
    const second = await agent.run('agent')
    expect(second.code).toBe(1)
    expect(second.stderr).toContain(`process ${running.process.pid}`)
    expect((await agent.enroll(service)).stderr).toContain('state_in_use')
  })

  test('kill -9 frees the directory and the socket for the next one', async () => {
    const running = await agent.startAgent()
    running.process.kill('SIGKILL')
    await running.ended
    await agent.startAgent()
    expect((await agent.run('fetch', 'GET', `${backend.url}/`)).code).toBe(0)
    expect(service.deployment.machine().state).toBe('active')
  })

  test('its socket and files are for its user alone unless told otherwise', async () => {
    await agent.startAgent()
    expect(statSync(socketPath()).mode & 0o777).toBe(0o600)
  })

  test('can open its socket to a group', async () => {
    const socket = join(makeTestFolder(), 's')
    await agent.startAgent('--socket', socket, '--socket-mode', '0660')
    expect(statSync(socket).mode & 0o777).toBe(0o660)
    expect((await agent.run('fetch', 'GET', `${backend.url}/`, '--socket', socket)).code).toBe(0)
    expect((await agent.run('agent', '--socket-mode', '0666')).code).toBe(2)
  })

  test('a socket path that the system would cut is refused, and so is one where another program listens', async () => {
    const long = await agent.run('agent', '--socket', `/tmp/${'x'.repeat(120)}`)
    expect(long.code).not.toBe(0)
    expect(long.stderr).toContain('fewer than 100')
    const taken = join(makeTestFolder(), 's')
    const other = createServer().listen(taken)
    const result = await agent.run('agent', '--socket', taken)
    expect(result.code).toBe(2)
    expect(result.stderr).toContain('Another program listens')
    other.close()
  })

  test('renews on time, by itself', async () => {
    service.deployment.renewAfterSeconds = 1
    await agent.startAgent()
    await expect.poll(() => service.deployment.machine().generations.length, { timeout: 5_000 }).toBeGreaterThan(3)
    expect((await agent.run('fetch', 'GET', `${backend.url}/`)).code).toBe(0)
    expect(service.deployment.machine().state).toBe('active')
  })

  test('started while the service is away, waits and says so; signs when it answers', async () => {
    await service.pause()
    const running = agent.start('agent')
    await running.untilStderr('cannot sign yet')
    const early = await agent.run('sign', 'GET', `${backend.url}/`)
    expect(early.code).toBe(3)
    await service.resume()
    await running.untilStderr('Renewed')
    expect((await agent.run('fetch', 'GET', `${backend.url}/`)).code).toBe(0)
  })

  test('goes on signing while the service is away', async () => {
    await agent.startAgent()
    await service.pause()
    expect((await agent.run('sign', 'GET', `${backend.url}/`)).code).toBe(0)
    await service.resume()
  })

  test.each(['revoked', 'quarantined'] as const)('ends with clear words when the machine is %s', async (state) => {
    service.deployment.machine().state = state
    const result = await agent.run('agent')
    expect(result.code).toBe(1)
    expect(result.stderr).toContain(`refused, machine_${state}`)
  })

  test('renew asks the running agent', async () => {
    await agent.startAgent()
    const result = await agent.run('renew')
    expect(result).toMatchObject({ code: 0 })
    expect(result.stderr).toContain('The running agent renewed the machine: generation 3')
  })

  test('prints no key and no credential', async () => {
    const running = await agent.startAgent()
    await agent.run('fetch', 'GET', `${backend.url}/?token=s3cret`, '-H', 'Authorization: Bearer s3cret')
    const secret = (
      JSON.parse(readFileSync(join(agent.stateDirectory, 'machine.json'), 'utf8')) as { signingKey: { d: string } }
    ).signingKey.d
    expect(running.stderr()).not.toContain('s3cret')
    expect(running.stderr()).not.toContain(secret)
    expect((await callSocket('GET', '/status')).text).not.toContain(secret)
  })
})

describe('the agent’s socket', () => {
  test('signs what it is asked to, by url or by authority and target', async () => {
    await agent.startAgent()
    for (const place of [
      { url: `${backend.url}/a?b=c` },
      { authority: backend.authority, target: '/a?b=c', scheme: 'http' },
    ]) {
      const { status, text } = await callSocket(
        'POST',
        '/sign',
        JSON.stringify({ method: 'GET', headers: [], ...place }),
      )
      expect(status).toBe(200)
      const { headers } = JSON.parse(text) as { headers: [string, string][] }
      expect((await fetch(`${backend.url}/a?b=c`, { headers })).status).toBe(200)
    }
  })

  test('refuses what it does not understand, and lives on', async () => {
    await agent.startAgent()
    const url = `${backend.url}/`
    const cases: [string, string, string | undefined, number][] = [
      ['POST', '/sign', 'not json', 400],
      ['POST', '/sign', '[]', 400],
      ['POST', '/sign', '{}', 400],
      ['POST', '/sign', JSON.stringify({ method: 'GET' }), 400],
      ['POST', '/sign', JSON.stringify({ method: 'GET', url, headers: [['a']] }), 400],
      ['POST', '/sign', JSON.stringify({ method: 'GET', url, headers: Array(201).fill(['a', 'b']) }), 400],
      ['POST', '/sign', JSON.stringify({ method: 'POST', url, headers: [], bodyDigest: 'sha-256=:AA==:' }), 400],
      ['POST', '/sign', JSON.stringify({ method: 'get', url, headers: [] }), 403],
      ['POST', '/sign', JSON.stringify({ method: 'CONNECT', url, headers: [] }), 403],
      ['POST', '/sign', JSON.stringify({ method: 'GET', url, headers: [['Signature', 'x']] }), 403],
      ['POST', '/sign', JSON.stringify({ method: 'GET', url: `${url}../x`, headers: [] }), 403],
      [
        'POST',
        '/sign',
        JSON.stringify({ method: 'GET', authority: 'orders', target: 'http://evil/', headers: [] }),
        403,
      ],
      ['POST', '/sign', JSON.stringify({ method: 'GET', url: `${service.url}/api/v1/services`, headers: [] }), 403],
      ['POST', '/sign', `"${'x'.repeat(200_000)}"`, 400],
      ['POST', '/refresh', '{"what":"everything"}', 400],
      ['GET', '/sign', undefined, 400],
      ['GET', '/machine.json', undefined, 400],
    ]
    for (const [method, path, body, expected] of cases) {
      const { status, text } = await callSocket(method, path, body)
      expect(status, `${method} ${path} ${body?.slice(0, 80)}`).toBe(expected)
      expect(JSON.parse(text)).toHaveProperty('code')
    }
    expect((await callSocket('GET', '/status')).status).toBe(200)
  })

  test('what callers ask to be fetched anew is fetched at most once in ten seconds', async () => {
    await agent.startAgent()
    const answers = []
    for (let count = 0; count < 5; count += 1)
      answers.push((await callSocket('POST', '/refresh', '{"what":"time"}')).text)
    expect(answers.filter((text) => text.includes('true'))).toHaveLength(1)
    expect(service.deployment.machine().generations).toHaveLength(3)
  })
})

describe('countersignFetch', () => {
  test('is like fetch, countersigned, and the path goes out as it is', async () => {
    await agent.startAgent()
    const client = createCountersignClient({ stateDirectory: agent.stateDirectory })
    backend.answer = (request, response, body) => {
      response.setHeader('Set-Cookie', ['a=1', 'b=2'])
      response.end(JSON.stringify({ url: request.url, type: request.headers['content-type'], body: body.toString() }))
    }
    const post = await client.fetch(`${backend.url}/v1/a%2Fb?x=[1]`, { method: 'post', body: 'hello' })
    expect(post.status).toBe(401)
    const plain = await client.fetch(`${backend.url}/v1/a?x=%5B1%5D`, { method: 'post', body: 'hello' })
    expect(await plain.json()).toEqual({ url: '/v1/a?x=%5B1%5D', type: 'text/plain;charset=UTF-8', body: 'hello' })
    expect(plain.headers.getSetCookie()).toEqual(['a=1', 'b=2'])
    const bodies: [RequestInit['body'], string][] = [
      [new Uint8Array([104, 105]), 'hi'],
      [new TextEncoder().encode('hi').buffer, 'hi'],
      [new URLSearchParams({ a: '1' }), 'a=1'],
      [new Blob(['hi']), 'hi'],
      [new Blob(['a', 'b']).stream(), 'ab'],
    ]
    for (const [body, expected] of bodies) {
      const init = { method: 'PUT', body: body as string, headers: new Headers({ Authorization: 'Bearer x' }) }
      expect(await (await client.fetch(new URL(`${backend.url}/b`), init)).json()).toMatchObject({ body: expected })
    }
    client.close()
  })

  test('answers a denial as a response, HEAD and 204 without a body', async () => {
    await agent.startAgent()
    const client = createCountersignClient({ stateDirectory: agent.stateDirectory })
    expect((await client.fetch(`${backend.url}/`, { method: 'HEAD' })).status).toBe(200)
    backend.answer = (_request, response) => response.writeHead(204).end()
    expect((await client.fetch(`${backend.url}/`, { method: 'DELETE' })).status).toBe(204)
    service.deployment.machine().state = 'revoked'
    const denied = await client.fetch(`${backend.url}/`)
    expect(denied.status).toBe(403)
    expect(await denied.json()).toMatchObject({ code: 'machine_revoked' })
    client.close()
  })

  test('many calls at once each carry their own credential', async () => {
    await agent.startAgent()
    const client = createCountersignClient({ stateDirectory: agent.stateDirectory })
    const answers = await Promise.all(
      Array.from({ length: 100 }, (_, index) => client.fetch(`${backend.url}/${index}`)),
    )
    expect(answers.map((answer) => answer.status)).toEqual(Array(100).fill(200))
    client.close()
  })

  test('a 401 that names other fields makes it fetch the list and try once more with a new credential', async () => {
    await agent.startAgent()
    const client = createCountersignClient({ stateDirectory: agent.stateDirectory })
    const [entry] = service.deployment.services
    if (entry === undefined) throw new Error('There is a service.')
    service.deployment.services = [{ ...entry, coveredFields: ['x-tenant-id'] }]
    let denials = 0
    service.fault = (path) => {
      const last = service.bodies.at(-1)?.body as { headers?: [string, string][] }
      const input = last.headers?.find(([name]) => name === 'Signature-Input')?.[1] ?? ''
      if (path !== '/api/v1/verify' || input.includes('x-tenant-id')) return undefined
      denials += 1
      const accept = 'cs=("@method" "@authority" "@path" "@query" "x-tenant-id");created;tag="countersign"'
      const problem = '{"code":"component_missing","title":"Not covered."}'
      return { status: 401, body: problem, headers: { 'Accept-Signature': accept, 'Countersign-Problem': problem } }
    }
    const answer = await client.fetch(`${backend.url}/`, { headers: { 'X-Tenant-Id': 't' } })
    expect([answer.status, denials]).toEqual([200, 1])
    client.close()
  })

  test('credentials that have grown old in a sleep are mended by a renewal, once', async () => {
    await agent.startAgent()
    const client = createCountersignClient({ stateDirectory: agent.stateDirectory })
    service.deployment.clockOffsetMs = 3_600_000
    const answer = await client.fetch(`${backend.url}/`, { method: 'POST', body: 'x' })
    expect(answer.status).toBe(200)
    expect(service.deployment.machine().generations).toHaveLength(3)
    client.close()
  })

  test('a denial that no fetching mends is passed on after one try', async () => {
    await agent.startAgent()
    const client = createCountersignClient({ stateDirectory: agent.stateDirectory })
    const problem = '{"code":"credential_expired","title":"Old."}'
    service.fault = (path) =>
      path === '/api/v1/verify'
        ? { status: 401, body: problem, headers: { 'Countersign-Problem': problem } }
        : undefined
    for (let count = 0; count < 3; count += 1) expect((await client.fetch(`${backend.url}/`)).status).toBe(401)
    expect(service.calls.filter((call) => call.endsWith('/verify'))).toHaveLength(6)
    expect(service.deployment.machine().generations).toHaveLength(3)
    client.close()
  })

  test('without an agent says how to start one', async () => {
    const client = createCountersignClient({ stateDirectory: agent.stateDirectory })
    await expect(client.fetch(`${backend.url}/`)).rejects.toMatchObject({
      exitCode: 3,
      advice: expect.stringContaining('countersign agent') as string,
    })
    const notAnAgent = join(makeTestFolder(), 's')
    const other = createServer((socket) => socket.end('HTTP/1.1 200 OK\r\n\r\nhello')).listen(notAnAgent)
    await expect(createCountersignClient({ socket: notAnAgent }).fetch(`${backend.url}/`)).rejects.toMatchObject({
      code: 'not_an_agent',
    })
    other.close()
  })

  test('can be given up', async () => {
    await agent.startAgent()
    const client = createCountersignClient({ stateDirectory: agent.stateDirectory })
    backend.answer = (_request, response) => response.write('begun')
    const stop = new AbortController()
    const answer = await client.fetch(`${backend.url}/`, { signal: stop.signal })
    stop.abort()
    await expect(answer.text()).rejects.toThrow()
    client.close()
  })
})
