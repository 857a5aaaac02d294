import { spawn } from 'node:child_process'
import { chmod, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest'
import type { Deployment } from '@/lib/contract/deployment'
import type { Machine } from '@/lib/contract/machines'
import { enrollCommand } from '@/lib/domain/machine/enroll-command'
import { createTestPlace, type TestPlace } from '../setup/open-test-dependencies'
import { startServer, type RunningServer } from '../setup/start-server'

/** The one command that the console shows for a join token, as a person pastes it. */
let place: TestPlace
let server: RunningServer
let deployment: Deployment
let folder: string

beforeAll(async () => {
  place = await createTestPlace('postgresql')
  server = await startServer(place)
  deployment = (await server.api<Deployment>('GET', '/deployment')).body
})
afterAll(async () => {
  await server.stop()
  await place.remove()
})
beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'countersign-paste-'))
})
afterEach(() => rm(folder, { recursive: true, force: true }))

async function makeToken() {
  return (await server.api<{ id: string; token: string }>('POST', '/join-tokens', { name: 'paste' })).body
}

function inputFor(token: string | null) {
  const { publicUrl, assertionKey, agent } = deployment
  if (agent === null) throw new Error('The agent is not built.')
  return { serverUrl: publicUrl, serverKey: assertionKey.fingerprint, agent, token }
}

/** bash with an empty home; each `node` that it starts writes down its arguments first. */
async function paste(text: string): Promise<{ code: number | null; output: string; args: string }> {
  const bin = path.join(folder, 'bin')
  const seen = path.join(folder, 'arguments')
  await mkdir(bin)
  const wrapper = path.join(bin, 'node')
  await writeFile(wrapper, `#!/bin/bash\nprintf '%s\\n' "$@" >> ${seen}\nexec ${process.execPath} "$@"\n`)
  await chmod(wrapper, 0o700)
  const child = spawn('bash', ['--noprofile', '--norc'], {
    cwd: folder,
    env: {
      NODE_ENV: 'production',
      PATH: `${bin}:${process.env.PATH ?? ''}`,
      HOME: folder,
      COUNTERSIGN_STATE_DIR: path.join(folder, 'state'),
    },
  })
  let output = ''
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (part: Buffer) => (output += part.toString()))
  child.stdin.end(text)
  const code = await new Promise<number | null>((resolve) => child.once('close', resolve))
  return { code, output, args: await readFile(seen, 'utf8').catch(() => '') }
}

async function enrolledWith(joinToken: string): Promise<Machine[]> {
  const { items } = (await server.api<{ items: Machine[] }>('GET', '/machines')).body
  return items.filter((machine) => machine.joinTokenId === joinToken)
}

test('enrols the machine it is pasted on, with the token in no process list', async () => {
  const { id, token } = await makeToken()
  const pasted = await paste(enrollCommand(inputFor(token)))
  expect(pasted.output).toContain('countersign.mjs: OK')
  expect(pasted).toMatchObject({ code: 0 })
  expect((await enrolledWith(id)).map(({ state }) => state)).toEqual(['active'])
  expect(pasted.args).toContain('enroll')
  expect(pasted.args).not.toContain(token)
})

test('asks for the token where it is not in the command', async () => {
  const { id, token } = await makeToken()
  const command = enrollCommand(inputFor(null))
  expect(command).not.toContain('csj_')
  // As one line of a terminal, so that the rest of what is typed is what `read` reads.
  const pasted = await paste(`{ ${command.trim()}\n}\n${token}\n`)
  expect(pasted).toMatchObject({ code: 0 })
  expect(await enrolledWith(id)).toHaveLength(1)
  expect(pasted.args + pasted.output).not.toContain(token)
})

test('stops before anything runs when the agent is not the one that the console vouches for', async () => {
  const { id, token } = await makeToken()
  const input = inputFor(token)
  const pasted = await paste(enrollCommand({ ...input, agent: { ...input.agent, sha256: 'a'.repeat(64) } }))
  expect(pasted.code).not.toBe(0)
  expect(pasted.args).toBe('')
  expect(await enrolledWith(id)).toEqual([])
})

test('says --allow-http only where it has to', () => {
  const command = (serverUrl: string) => enrollCommand({ ...inputFor('csj_x'), serverUrl })
  expect(command('http://10.0.0.5:3000')).toContain('--allow-http')
  expect(command('http://localhost:3000') + command('https://a.example')).not.toContain('--allow-http')
})
