import { cpSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { makeTestFolder } from '@/lib/platform/testing/make-test-folder'
import type { MachineState } from '../store/machine-state'
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
})

afterEach(async () => {
  await agent.close()
  await backend.close()
  await service.close()
})

const readState = (): MachineState =>
  JSON.parse(readFileSync(join(agent.stateDirectory, 'machine.json'), 'utf8')) as MachineState

const steps = ['renewal-begun', 'renewal-keys-written', 'renewal-answered', 'renewal-committed']

describe('a crash during a renewal', () => {
  test.each(steps)('at %s neither locks the machine out nor makes it look copied', async (step) => {
    await agent.enroll(service)
    expect((await agent.runKilledAt(step, 'fetch', 'GET', `${backend.url}/`)).code).toBe('SIGKILL')
    expect((await agent.run('fetch', 'GET', `${backend.url}/`)).code).toBe(0)
    expect(service.deployment.machine().state).toBe('active')
    expect(backend.seen).toHaveLength(1)
  })

  test('at every step in a row, again and again', async () => {
    await agent.enroll(service)
    for (const step of [...steps, ...steps.toReversed(), ...steps]) {
      expect((await agent.runKilledAt(step, 'renew')).code).toBe('SIGKILL')
    }
    expect((await agent.run('fetch', 'GET', `${backend.url}/`)).code).toBe(0)
    expect(service.deployment.machine().state).toBe('active')
  }, 30_000)

  test('repeats the keys that were on disk before anything was sent', async () => {
    await agent.enroll(service)
    const sent = service.bodies.length
    await agent.runKilledAt('renewal-keys-written', 'renew')
    expect(service.bodies).toHaveLength(sent)
    const pending = readState().pendingRenewal
    await agent.run('renew')
    const [first] = service.bodies.slice(sent)
    expect(first?.body['signingKey']).toMatchObject({ x: pending?.signingKey.x })
    expect(first?.body['agreementKey']).toEqual(pending?.agreementKey)
  })

  test('a lost answer costs nothing: the same keys get the same generation', async () => {
    await agent.enroll(service)
    service.fault = (path) => (path.endsWith('/renewals') ? 'drop-after' : undefined)
    const lost = await agent.run('renew')
    expect(lost.code).toBe(3)
    expect(service.deployment.machine().generations).toHaveLength(2)
    service.fault = () => undefined
    expect((await agent.run('fetch', 'GET', `${backend.url}/`)).code).toBe(0)
    expect(service.deployment.machine()).toMatchObject({ state: 'active' })
    expect(service.deployment.machine().generations).toHaveLength(3)
  })

  test('the private agreement key of a generation is on no disk, so a copied directory signs no request', async () => {
    await agent.enroll(service)
    await agent.startAgent()
    const files = readdirSync(agent.stateDirectory).filter((name) => name.endsWith('.json'))
    expect(files).toEqual(['machine.json'])
    expect(readFileSync(join(agent.stateDirectory, 'machine.json'), 'utf8')).not.toContain('X25519')
    const copy = join(makeTestFolder(), 'state')
    cpSync(agent.stateDirectory, copy, { recursive: true, filter: (path) => !/lock|sock/.test(path) })
    await service.pause()
    const thief = createAgentRunner(program, copy)
    expect((await thief.run('sign', 'GET', `${backend.url}/`)).code).toBe(3)
    await thief.close()
  })

  test('a pending renewal has its next agreement key on disk in its public half only', async () => {
    await agent.enroll(service)
    await agent.runKilledAt('renewal-answered', 'renew')
    expect(Object.keys(readState().pendingRenewal?.agreementKey ?? {}).sort()).toEqual(['crv', 'kty', 'x'])
  })
})

describe('a crash during an enrolment', () => {
  const enrollArgs = (token: string): string[] => ['enroll', '--server', service.url, '--token', token]

  test.each(['enrollment-keys-written', 'enrollment-answered', 'enrollment-committed'])(
    'at %s: a second try with the same single-use token makes or finds the same machine',
    async (step) => {
      const token = service.deployment.createJoinToken(1)
      expect((await agent.runKilledAt(step, ...enrollArgs(token))).code).toBe('SIGKILL')
      const again = await agent.run(...enrollArgs(token))
      if (step === 'enrollment-committed') expect(again.stderr).toContain('already_enrolled')
      else expect(again.code).toBe(0)
      expect(service.deployment.machines.size).toBe(1)
      expect(readdirSync(agent.stateDirectory).filter((name) => name.endsWith('.json'))).toEqual(['machine.json'])
      expect((await agent.run('fetch', 'GET', `${backend.url}/`)).code).toBe(0)
    },
  )

  test('a lost answer: the same keys, name and id are sent again, though another name is asked for', async () => {
    const token = service.deployment.createJoinToken(1)
    service.fault = (path) => (path === '/api/v1/enrollments' ? 'drop-after' : undefined)
    expect((await agent.run(...enrollArgs(token), '--name', 'first')).code).toBe(3)
    service.fault = () => undefined
    expect((await agent.run(...enrollArgs(token), '--name', 'second')).code).toBe(0)
    expect(service.deployment.machine().name).toBe('first')
  })

  test('a first try that never arrived is repeated with the same keys', async () => {
    const token = service.deployment.createJoinToken(1)
    service.fault = (path) => (path === '/api/v1/enrollments' ? 'drop-before' : undefined)
    await agent.run(...enrollArgs(token))
    service.fault = () => undefined
    expect((await agent.run(...enrollArgs(token))).code).toBe(0)
    const keys = service.bodies.map(({ body }) => (body['signingKey'] as { x: string }).x)
    expect(new Set(keys).size).toBe(1)
  })

  test('parameters that have grown old meanwhile are fetched anew for the same keys', async () => {
    const token = service.deployment.createJoinToken(1)
    await agent.runKilledAt('enrollment-keys-written', ...enrollArgs(token))
    let refusals = 1
    service.fault = (path) =>
      path === '/api/v1/enrollments' && refusals-- > 0
        ? { status: 409, body: JSON.stringify({ code: 'conflict', title: 'The machine id was not offered lately.' }) }
        : undefined
    expect((await agent.run(...enrollArgs(token))).code).toBe(0)
    const [old, fresh] = service.bodies.map(({ body }) => body)
    expect(fresh?.['machineId']).not.toBe(old?.['machineId'])
    expect(fresh?.['signingKey']).toEqual(old?.['signingKey'])
  })

  test('another token after an unanswered try with the first is not allowed to lose that machine', async () => {
    const token = service.deployment.createJoinToken(1)
    service.fault = (path) => (path === '/api/v1/enrollments' ? 'drop-after' : undefined)
    await agent.run(...enrollArgs(token))
    service.fault = (path) =>
      path === '/api/v1/enrollments' ? { status: 409, body: '{"code":"conflict","title":"Known keys."}' } : undefined
    const other = await agent.run(...enrollArgs(service.deployment.createJoinToken(1)))
    expect(other.code).toBe(1)
    expect(other.stderr).toContain('with that join token again')
    service.fault = () => undefined
    expect((await agent.run(...enrollArgs(token))).code).toBe(0)
    expect(service.deployment.machines.size).toBe(1)
  })
})
