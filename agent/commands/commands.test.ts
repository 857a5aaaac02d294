import { chmodSync, existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { makeTestFolder } from '@/lib/platform/testing/make-test-folder'
import type { MachineState } from '../store/machine-state'
import { bundleAgent, createAgentRunner, type AgentRunner } from '../testing/run-agent'
import { startGatedBackend, type GatedBackend } from '../testing/start-gated-backend'
import { startTestService, type TestService } from '../testing/start-test-service'
import { makeEs256Key } from '../testing/test-deployment'

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
})

afterEach(async () => {
  await agent.close()
  await backend.close()
  await service.close()
})

const readState = (): MachineState =>
  JSON.parse(readFileSync(join(agent.stateDirectory, 'machine.json'), 'utf8')) as MachineState

describe('countersign enroll', () => {
  test('makes a machine with a token from a file, and says what to do next', async () => {
    const result = await agent.enroll(service)
    expect(result).toMatchObject({ code: 0, stdout: '' })
    expect(result.stderr).toContain(`Enrolled: ${service.deployment.machine().id}`)
    expect(result.stderr).toContain('countersign agent')
  })

  test('keeps its files from other users: directory 0700, files 0600', async () => {
    await agent.enroll(service)
    expect(statSync(agent.stateDirectory).mode & 0o777).toBe(0o700)
    expect(statSync(join(agent.stateDirectory, 'machine.json')).mode & 0o777).toBe(0o600)
    expect(readdirSync(agent.stateDirectory).sort()).toEqual(['lock.1', 'machine.json'])
  })

  test('sends neither the token nor a private key', async () => {
    const token = service.deployment.createJoinToken()
    await agent.runWithInput(token, 'enroll', '--server', service.url, '--token-file', '-')
    const sent = JSON.stringify(service.bodies)
    expect(sent).not.toContain(token.split('_')[2])
    expect(sent).not.toContain(readState().signingKey.d)
    expect(sent).not.toContain('"d"')
  })

  test('takes the token from standard input, and says that the key of the server was not compared', async () => {
    const token = service.deployment.createJoinToken()
    const result = await agent.runWithInput(`${token}\n`, 'enroll', '--server', service.url, '--token-file', '-')
    expect(result.code).toBe(0)
    expect(result.stderr).toContain(service.deployment.serverKey())
  })

  test('warns about a token in an argument, and never repeats it', async () => {
    const token = service.deployment.createJoinToken()
    const result = await agent.run('enroll', '--server', service.url, '--token', token)
    expect(result.code).toBe(0)
    expect(result.stderr).toContain('Warning: a token given as an argument')
    expect(result.stderr).not.toContain(token.slice(-20))
    const wrong = await agent.run(
      'enroll',
      '--server',
      service.url,
      '--token',
      `${token}x`,
      '--state',
      `${agent.stateDirectory}2`,
    )
    expect(wrong.code).toBe(2)
    expect(wrong.stderr).not.toContain(token.slice(-20))
  })

  test('a second time says that the machine is enrolled already, and changes nothing', async () => {
    await agent.enroll(service)
    const before = readState()
    const again = await agent.enroll(service)
    expect(again.code).toBe(1)
    expect(again.stderr).toContain('already_enrolled')
    expect(readState()).toEqual(before)
    expect(service.deployment.machines.size).toBe(1)
  })

  test('refuses a server that has another key than --server-key, before anything is sent', async () => {
    const token = service.deployment.createJoinToken()
    const other = `sha256:${makeEs256Key().kid}`
    const result = await agent.runWithInput(
      token,
      'enroll',
      '--server',
      service.url,
      '--server-key',
      other,
      '--token-file',
      '-',
    )
    expect(result.code).toBe(1)
    expect(result.stderr).toContain('answer_not_trusted')
    expect(service.calls).toEqual(['GET /api/v1/enrollments/parameters'])
  })

  test('passes on the code of a refusal and what to do; a new token then works', async () => {
    const used = service.deployment.createJoinToken(0)
    const result = await agent.runWithInput(used, 'enroll', '--server', service.url, '--token-file', '-')
    expect(result.code).toBe(1)
    expect(result.stderr).toContain('join_token_used')
    expect(result.stderr).toContain('new join token')
    expect((await agent.enroll(service)).code).toBe(0)
  })

  test('a service that is not there is exit code 3; wrong arguments are 2', async () => {
    const token = service.deployment.createJoinToken()
    await service.pause()
    const away = await agent.runWithInput(token, 'enroll', '--server', service.url, '--token-file', '-')
    expect(away.code).toBe(3)
    expect(away.stderr).toContain('connection refused')
    await service.resume()
    for (const args of [
      [],
      ['--server', 'ftp://x'],
      ['--server', `${service.url}/path`, '--token', token],
      ['--server', 'http://example.com', '--token', token],
      ['--server', 'http://example.com', '--allow-http', '--token', token],
      ['--server', service.url],
      ['--server', service.url, '--token', token, '--server-key', 'md5:x'],
      ['--server', service.url, '--token', token, '--nonsense'],
      ['--server', service.url, '--token', token, '--report', 'novalue'],
    ]) {
      expect((await agent.run('enroll', ...args)).code, args.join(' ')).toBe(2)
    }
  })

  test('reports what it is told to, and a name', async () => {
    const token = service.deployment.createJoinToken()
    const args = ['--server', service.url, '--token', token, '--name', 'orders-7f9', '--report', 'rack=a1', 'role=db']
    expect((await agent.run('enroll', ...args)).code).toBe(0)
    const body = service.bodies.find(({ path }) => path === '/api/v1/enrollments')?.body
    expect(body).toMatchObject({ name: 'orders-7f9', reported: { rack: 'a1', role: 'db' } })
  })

  test('a state directory that others can open is refused with the command that closes it', async () => {
    const open = makeTestFolder()
    chmodSync(open, 0o755)
    const token = service.deployment.createJoinToken()
    const result = await agent.run('enroll', '--server', service.url, '--token', token, '--state', open)
    expect(result.code).toBe(1)
    expect(result.stderr).toContain(`chmod 700 ${open}`)
    expect(service.calls).toEqual([])
  })
})

describe('without a running agent', () => {
  test('fetch renews, makes one call and ends: the body on standard output, the status beside it', async () => {
    await agent.enroll(service)
    const result = await agent.run(
      'fetch',
      'POST',
      `${backend.url}/v1/orders?id=7`,
      '--data',
      'hello',
      '-H',
      'Authorization: Bearer x',
    )
    expect(result).toMatchObject({ code: 0, stdout: 'POST /v1/orders?id=7 5' })
    expect(result.stderr).toContain('HTTP/1.1 200')
    expect(service.deployment.machine().generations).toHaveLength(2)
    expect(backend.seen[0]?.body.toString()).toBe('hello')
  })

  test('each fetch signs with a generation of its own process, and many at once wait for each other', async () => {
    await agent.enroll(service)
    const results = await Promise.all(Array.from({ length: 5 }, () => agent.run('fetch', 'GET', `${backend.url}/`)))
    expect(results.map((result) => (result.code === 0 ? 0 : result.stderr))).toEqual([0, 0, 0, 0, 0])
    expect(service.deployment.machine().generations).toHaveLength(6)
    expect(service.deployment.machine().state).toBe('active')
  })

  test('sign prints every line that has to be sent, and they pass once', async () => {
    await agent.enroll(service)
    const result = await agent.run('sign', 'POST', `${backend.url}/x`, '-d', 'a=1', '-H', 'X-Api-Key: k')
    expect(result.code).toBe(0)
    const headers = result.stdout
      .split('\n')
      .filter(Boolean)
      .map((line) => line.split(/: (.*)/s).slice(0, 2) as [string, string])
    expect(headers.map(([name]) => name)).toEqual([
      'X-Api-Key',
      'Content-Type',
      'Content-Digest',
      'Signature-Input',
      'Signature',
    ])
    const send = () => fetch(`${backend.url}/x`, { method: 'POST', body: 'a=1', headers })
    expect((await send()).status).toBe(200)
    const replay = await send()
    expect(replay.status).toBe(401)
    expect(replay.headers.get('countersign-problem')).toContain('credential_replayed')
  })

  test('header lines come from a file, so that secrets stay out of the process list', async () => {
    await agent.enroll(service)
    const result = await agent.runWithInput(
      'Authorization: Bearer s3cret\r\nX-Api-Key: k\n',
      'fetch',
      'GET',
      `${backend.url}/`,
      '-H',
      '@-',
    )
    expect(result.code).toBe(0)
    expect(backend.seen[0]?.headers).toContainEqual(['Authorization', 'Bearer s3cret'])
  })

  test('a denial is exit code 1 with its code and what to do', async () => {
    await agent.enroll(service)
    service.deployment.machine().state = 'revoked'
    const result = await agent.run('fetch', 'GET', `${backend.url}/`)
    expect(result.code).toBe(1)
    expect(result.stderr).toContain('refused, machine_revoked')
    expect(result.stderr).toContain('Revocation is final')
    expect(backend.seen).toEqual([])
  })

  test('a service that is away is exit code 3: keys from disk sign nothing but a renewal', async () => {
    await agent.enroll(service)
    await service.pause()
    const result = await agent.run('sign', 'GET', `${backend.url}/`)
    expect(result).toMatchObject({ code: 3, stdout: '' })
    await service.resume()
    expect((await agent.run('fetch', 'GET', `${backend.url}/`)).code).toBe(0)
  })

  test('requests that cannot be countersigned are refused here, with the reason', async () => {
    await agent.enroll(service)
    for (const [path, code] of [
      ['/a/../b', 1],
      ['/a/%2e%2e/b', 1],
      ['/a//b', 1],
      ['/a?', 1],
      ['/a%2', 1],
      ['/ä', 1],
      ['/a#b', 2],
    ] as const) {
      expect((await agent.run('fetch', 'GET', `${backend.url}${path}`)).code, path).toBe(code)
    }
    for (const args of [
      ['get', `${backend.url}/`],
      ['GET', 'http://user:pw@127.0.0.1/'],
      ['GET', `${backend.url}/`, '--data', 'x'],
      ['GET', `${backend.url}/`, '-H', 'Host: evil'],
      ['GET', `${backend.url}/`, '-H', 'Signature: x'],
      ['GET', `${backend.url}/`, '-H', 'X: a\nY: b'],
      ['GET', `${backend.url}/`, '-H', 'nocolon-s3cret'],
      ['GET'],
    ]) {
      const result = await agent.run('fetch', ...args)
      expect(result.code, args.join(' ')).toBe(2)
      expect(result.stderr).not.toContain('s3cret')
      expect(result.stderr).not.toContain('pw@')
    }
    expect(backend.seen).toEqual([])
  }, 30_000)

  test('never signs for the verification service itself, by any of its names', async () => {
    await agent.enroll(service)
    const { port } = new URL(service.url)
    for (const host of ['127.0.0.1', 'localhost', '[::1]']) {
      service.deployment.services = [
        { service: 'own', authorities: [{ authority: `${host}:${port}`, pathPrefix: '' }], coveredFields: [] },
      ]
      const result = await agent.run('sign', 'GET', `http://${host}:${port}/api/v1/machines`)
      expect(result).toMatchObject({ code: 1, stdout: '' })
      expect(result.stderr).toContain('authority_refused')
    }
  })

  test('an unknown host is refused after the service list was fetched once more', async () => {
    await agent.enroll(service)
    const result = await agent.run('sign', 'GET', 'https://nowhere.example/')
    expect(result.code).toBe(1)
    expect(result.stderr).toContain('authority_unknown')
    expect(service.calls.filter((call) => call.endsWith('/service-list'))).toHaveLength(1)
  })

  test('redirects are not followed', async () => {
    await agent.enroll(service)
    backend.answer = (_request, response) => response.writeHead(302, { Location: `${backend.url}/other` }).end('moved')
    const result = await agent.run('fetch', 'GET', `${backend.url}/first`, '-i')
    expect(result.code).toBe(0)
    expect(result.stdout).toContain('HTTP/1.1 302')
    expect(backend.seen).toHaveLength(1)
  })

  test('what an answer says is printed with its control and bidi characters visible', async () => {
    await agent.enroll(service)
    service.fault = (path) =>
      path === '/api/v1/verify'
        ? {
            status: 403,
            body: JSON.stringify({ code: 'policy_denied', title: 'a\u001b[31m\u202eb' }),
            headers: { 'Countersign-Problem': '{"code":"policy_denied","title":"a\\u001b[31m\\r\\n\\u202eb"}' },
          }
        : undefined
    const result = await agent.run('fetch', 'GET', `${backend.url}/`)
    expect(result.code).toBe(1)
    expect(result.stderr).toContain('a\\u{1b}[31m\\u{d}\\u{a}\\u{202e}b')
    expect(result.stderr).not.toContain('\u001b')
  })
})

describe('countersign status and renew', () => {
  test('status shows the machine and no key, also as JSON', async () => {
    await agent.enroll(service)
    const { id } = service.deployment.machine()
    const text = await agent.run('status')
    expect(text.stdout).toContain(id)
    expect(text.stdout).toContain('nobody: no agent runs')
    const json = await agent.run('status', '--json')
    expect(JSON.parse(json.stdout)).toMatchObject({ machineId: id, generation: 1, agent: null, server: service.url })
    expect(json.stdout).not.toContain(readState().signingKey.d)
  })

  test('renew replaces the keys', async () => {
    await agent.enroll(service)
    const before = readState()
    expect((await agent.run('renew')).code).toBe(0)
    const after = readState()
    expect(after.generation).toBe(2)
    expect(after.signingKey.d).not.toBe(before.signingKey.d)
    expect(after.pendingRenewal).toBeNull()
  })

  test('without an enrolled machine every command says so and makes no directory', async () => {
    for (const args of [['status'], ['renew'], ['agent'], ['sign', 'GET', 'https://a.example/']]) {
      const result = await agent.run(...args)
      expect(result.code).toBe(1)
      expect(result.stderr).toContain('not_enrolled')
    }
    expect(existsSync(agent.stateDirectory)).toBe(false)
  })

  test('a damaged state file is named, not overwritten', async () => {
    await agent.enroll(service)
    const path = join(agent.stateDirectory, 'machine.json')
    writeFileSync(path, '{"version":1}', { mode: 0o600 })
    const result = await agent.run('renew')
    expect(result.code).toBe(1)
    expect(result.stderr).toContain(`${path} is damaged`)
    expect(readFileSync(path, 'utf8')).toBe('{"version":1}')
  })

  test('a key file that others can read is refused', async () => {
    await agent.enroll(service)
    const path = join(agent.stateDirectory, 'machine.json')
    chmodSync(path, 0o644)
    const result = await agent.run('renew')
    expect(result.code).toBe(1)
    expect(result.stderr).toContain(`chmod 600 ${path}`)
  })

  test('an unknown command and help', async () => {
    expect((await agent.run('nonsense')).code).toBe(2)
    expect((await agent.run()).code).toBe(2)
    const help = await agent.run('fetch', '--help')
    expect(help).toMatchObject({ code: 0, stderr: '' })
    expect(help.stdout).toContain('Usage: countersign fetch')
  })

  test('a copied state directory used beside the original is noticed', async () => {
    await agent.enroll(service)
    const copy = makeTestFolder()
    mkdirSync(join(copy, 'state'), { mode: 0o700 })
    writeFileSync(join(copy, 'state/machine.json'), readFileSync(join(agent.stateDirectory, 'machine.json')), {
      mode: 0o600,
    })
    const thief = createAgentRunner(program, join(copy, 'state'))
    expect((await thief.run('fetch', 'GET', `${backend.url}/`)).code).toBe(0)
    const original = await agent.run('fetch', 'GET', `${backend.url}/`)
    expect(original.code).toBe(1)
    expect(original.stderr).toContain('machine_quarantined')
    expect((await thief.run('fetch', 'GET', `${backend.url}/`)).code).toBe(1)
    await thief.close()
  })
})
