import { chmod, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createTestPlace, type TestPlace } from '../setup/open-test-dependencies'
import { runAdmin, type AdminRun } from '../setup/run-admin'
import { startServer, type RunningServer } from '../setup/start-server'
import { freePort } from '../setup/free-port'

let place: TestPlace
let server: RunningServer
let folder: string

/** From another folder than the project's. */
function admin(
  args: readonly string[],
  options: { input?: string; environment?: Record<string, string> } = {},
): Promise<AdminRun> {
  return runAdmin(args, { environment: place.environment, ...options, cwd: folder })
}

async function adminJson<T>(...args: string[]): Promise<T> {
  const ran = await admin([...args, '--json'])
  if (ran.code !== 0) throw new Error(`${args.join(' ')} ended with ${ran.code}: ${ran.err}`)
  return JSON.parse(ran.out) as T
}

beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'countersign-admin-'))
  place = await createTestPlace('embedded')
  server = await startServer(place)
})
afterAll(async () => {
  await server.stop()
  await place.remove()
  await rm(folder, { recursive: true, force: true })
})

describe('the admin command', () => {
  test('finds the server of the data directory and sets up a service, a gateway, a key and a join token', async () => {
    const service = await admin([
      'service',
      'create',
      'orders',
      '--authority',
      'localhost:8080',
      '--machines',
      'env=prod',
    ])
    expect(service.err).toContain('No gateway asks about it yet')
    expect([service.code, service.out]).toEqual([0, expect.stringContaining('localhost:8080')])
    expect((await admin(['gateway', 'create', 'edge', '--profile', 'nginx', '--service', 'orders'])).code).toBe(0)

    const keyFile = path.join(folder, 'edge.key')
    const key = await admin(['gateway', 'key', 'add', 'edge', '--out', keyFile])
    expect([key.code, key.out.includes('csg_'), key.err.includes('csg_')]).toEqual([0, false, false])
    expect(await readFile(keyFile, 'utf8')).toMatch(/^csg_[A-Za-z0-9_-]{43}\n$/)
    expect((await stat(keyFile)).mode & 0o777).toBe(0o600)
    const again = await admin(['gateway', 'key', 'add', 'edge', '--out', keyFile])
    expect([again.code, again.err]).toEqual([2, expect.stringContaining('exists already')])

    const shown = await admin(['gateway', 'key', 'add', 'edge'])
    expect(shown.out).toMatch(/csg_[A-Za-z0-9_-]{43}/)
    expect(shown.err).toContain('will not be shown again')
    const third = await admin(['gateway', 'key', 'add', 'edge'])
    expect([third.code, third.err]).toEqual([1, expect.stringContaining('Refused (conflict)')])
    expect(third.err).toContain('2 keys already')

    const join = await admin(['join-token', 'create', '--name', 'first', '--label', 'env=prod', '--uses', '3'])
    expect(join.out).toMatch(/csj_[0-9a-z]{26}_[A-Za-z0-9_-]{43}/)
    expect(join.err).toMatch(
      /countersign enroll --server http:\S+ --server-key sha256:[A-Za-z0-9_-]{43} --token-file -/,
    )

    const { items } = await adminJson<{ items: { action: string }[] }>('audit', 'list')
    expect(items.map(({ action }) => action).filter((action) => !action.startsWith('deployment'))).toEqual([
      'join_token.create',
      'gateway_key.add',
      'gateway_key.add',
      'gateway.create',
      'service.create',
    ])
  })

  test('changes a service and shows lists for people and for programs', async () => {
    const changed = await adminJson<{ mode: string; machineSelector: object; version: number }>(
      ...['service', 'set', 'orders', '--mode', 'observe', '--all-machines', '--plain-nonce', 'off'],
    )
    expect(changed).toMatchObject({ mode: 'observe', machineSelector: {}, allowPlainNonce: false })
    const list = await admin(['service', 'list'])
    expect(list.out.split('\n')[0]).toMatch(/^SLUG +STATE +MODE/)
    expect(list.out).toMatch(/orders +active +observe +backend +ALL +edge +localhost:8080/)
    expect((await adminJson<{ items: object[] }>('gateway', 'list')).items).toHaveLength(1)
    expect((await adminJson<{ items: object[] }>('decisions', 'list', '--outcome', 'denied')).items).toEqual([])
    expect((await admin(['machine', 'list'])).out).toBe('No machine is like that.\n')
  })

  test('makes operators whose password never stands in an argument', async () => {
    const create = ['operator', 'create', 'ada@example.org', '--name', 'Ada', '--role', 'operator']
    const nobody = await admin(create)
    expect([nobody.code, nobody.err]).toEqual([2, expect.stringContaining('--password-file')])
    const made = await admin([...create, '--password-file', '-'], { input: 'correct horse battery\n' })
    expect([made.code, made.out]).toEqual([0, expect.stringContaining('ada@example.org')])
    expect(made.out + made.err).not.toContain('correct horse')
    const file = path.join(folder, 'password')
    await writeFile(file, 'correct horse battery')
    await chmod(file, 0o644)
    const open = await admin([
      'operator',
      'create',
      'b@example.org',
      '--name',
      'B',
      '--role',
      'viewer',
      '--password-file',
      file,
    ])
    expect([open.code, open.err]).toEqual([1, expect.stringContaining('chmod 600')])
  })

  test('invites operators, and makes the link by which one gets in again', async () => {
    const name = ['--name', 'Vera', '--role', 'viewer']
    const invited = await admin(['operator', 'create', 'vera@example.org', ...name, '--invite'])
    expect([invited.code, invited.out]).toEqual([0, expect.stringMatching(/\/invitation\/csu_[A-Za-z0-9_-]{43}/)])
    await admin(['operator', 'create', 'bob@example.org', ...name, '--password-file', '-'], {
      input: 'correct horse battery\n',
    })
    const reset = await admin(['operator', 'reset', 'BOB@example.org'])
    expect([reset.code, reset.out]).toEqual([0, expect.stringMatching(/\/reset\/csu_[A-Za-z0-9_-]{43}/)])
    const missing = await admin(['operator', 'reset', 'nobody@example.org'])
    expect([missing.code, missing.err]).toEqual([1, expect.stringContaining('There is no operator')])
  })

  test('speaks to another server with a token, and ends with 1 where the role does not reach', async () => {
    const tokenFile = path.join(folder, 'viewer.token')
    expect((await admin(['token', 'create', '--name', 'viewer', '--role', 'viewer', '--out', tokenFile])).code).toBe(0)
    const environment = { COUNTERSIGN_SERVER: server.url, COUNTERSIGN_TOKEN_FILE: tokenFile }
    expect((await admin(['whoami'], { environment })).out).toContain('viewer')
    const refused = await admin(['service', 'set', 'orders', '--mode', 'enforce', '--json'], { environment })
    expect(refused.code).toBe(1)
    expect(JSON.parse(refused.err)).toMatchObject({ code: 'permission_denied', status: 403 })
    expect(refused.out).toBe('')

    const arguments_ = ['--server', server.url, '--token-file', '-']
    const piped = await admin(['whoami', ...arguments_], { environment: {}, input: await readFile(tokenFile, 'utf8') })
    expect(piped.code).toBe(0)
    const wrong = await admin(['whoami', ...arguments_], { environment: {}, input: `cst_${'A'.repeat(43)}` })
    expect([wrong.code, wrong.err]).toEqual([1, expect.stringContaining('unauthenticated')])
  })

  test('ends with 2 on wrong usage and 3 when nobody answers, and says what to do', async () => {
    for (const args of [
      ['machine', 'revoke', 'mach_01k3tt0z0ye00800014d2pf2db'],
      ['service', 'create', 'x'],
      ['service', 'create', 'x', '--authority', 'https://x'],
      ['service', 'set', 'orders'],
      ['join-token', 'create', '--expires', 'soon'],
      ['nonsense'],
      ['whoami', '--server', 'http://countersign.example', '--token-file', '-'],
      ['whoami', '--server', server.url],
    ]) {
      const ran = await admin(args, { input: 'cst_x' })
      expect([args, ran.code, ran.err.length > 10]).toEqual([args, 2, true])
    }
    const nobody = ['whoami', '--server', `http://127.0.0.1:${await freePort()}`, '--token-file', '-']
    const ran = await admin(nobody, { input: 'cst_x' })
    expect([ran.code, ran.err]).toEqual([3, expect.stringContaining('ECONNREFUSED')])
    const nothing = await admin(['service', 'list'], {
      environment: { COUNTERSIGN_DATA_DIR: path.join(folder, 'none') },
    })
    expect([nothing.code, nothing.err]).toEqual([3, expect.stringContaining('npm run up')])
    const missing = await admin(['machine', 'show', 'web-1'])
    expect([missing.code, missing.err]).toEqual([1, expect.stringContaining('No machine is called web-1')])
  })

  test('makes a master key in a new private file, once', async () => {
    const file = path.join(folder, 'master.key')
    expect((await admin(['master-key', 'create', file], { environment: {} })).code).toBe(0)
    const key = await readFile(file, 'utf8')
    expect(Buffer.from(key.trim(), 'base64url')).toHaveLength(32)
    expect((await stat(file)).mode & 0o777).toBe(0o600)
    expect((await admin(['master-key', 'create', file], { environment: {} })).code).toBe(2)
    expect(await readFile(file, 'utf8')).toBe(key)
  })

  test('opens the database itself when no server runs, and sees the same', async () => {
    const before = await adminJson<{ items: object[] }>('service', 'list')
    await server.stop()
    const after = await adminJson<{ items: object[] }>('service', 'list')
    expect(after).toEqual(before)
    const changed = await admin(['service', 'set', 'orders', '--mode', 'enforce'])
    expect([changed.code, changed.err]).toEqual([0, ''])
    server = await startServer(place)
    expect((await adminJson<{ mode: string }>('service', 'show', 'orders')).mode).toBe('enforce')
  })
})
