import { spawn, type ChildProcess } from 'node:child_process'
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { pathToFileURL } from 'node:url'
import { NextRequest } from 'next/server'
import typescript from 'typescript'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { formatRequest, sendRaw } from '../gateways/raw-http'
import { readRecipe } from '../gateways/read-recipe'
import { freePort } from '../setup/free-port'
import { forms, host, openMiddlewareWorld, target, type MiddlewareWorld } from './middleware-world'

/** Every program of docs/middleware.md, as its reader would start it: with the built library, by its package's name. */
const programs = ['express.mjs', 'fastify.mjs', 'hono.mjs', 'node.mjs', 'behind-a-gateway.mjs', 'stream.mjs'] as const
const blocks = [...programs, 'guarded.mjs', 'route.mjs'] as const

let world: MiddlewareWorld
let folder: string
const children: ChildProcess[] = []
const ports = new Map<string, number>()

beforeAll(async () => {
  world = await openMiddlewareWorld()
  const cache = path.resolve(import.meta.dirname, '../../.cache')
  await mkdir(cache, { recursive: true })
  // Inside of the project, whose own name its files can import.
  folder = await mkdtemp(path.join(cache, 'guide-'))
  const keyFile = path.join(folder, 'gateway.key')
  await writeFile(keyFile, `${world.libraryKey}\n`, { mode: 0o600 })
  const written = await readRecipe('../middleware.md', blocks, [
    ['/etc/countersign/gateway.key', keyFile],
    ['https://countersign.example', world.server.url],
    // The public URL of a test's server names another host than its address.
    [`jwksUrl:`, `issuer: 'http://localhost:${world.server.port}', jwksUrl:`],
  ])
  await Promise.all(
    blocks.map(async (name) => {
      const port = await freePort()
      ports.set(name, port)
      await writeFile(path.join(folder, name), written[name].replace('8080', String(port)))
    }),
  )
  for (const name of programs) {
    children.push(spawn(process.execPath, [name], { cwd: folder, stdio: ['ignore', 'inherit', 'inherit'] }))
  }
})
afterAll(async () => {
  for (const child of children) child.kill()
  await world?.close()
  if (folder) await rm(folder, { recursive: true, force: true })
})

const send = (name: string, request: Parameters<typeof formatRequest>[0]) =>
  sendRaw(ports.get(name) ?? 0, formatRequest({ host, ...request }))

async function untilItListens(name: string): Promise<void> {
  await expect.poll(async () => (await send(name, { target })).status, { timeout: 20_000, interval: 50 }).toBe(401)
}

test.each(programs.filter((name) => name !== 'stream.mjs'))('%s lets in what is countersigned', async (name) => {
  await untilItListens(name)
  const form = name === 'behind-a-gateway.mjs' ? forms[1] : forms[0]
  const got = await send(name, { target, lines: await world.prove(form) })
  expect([got.status, JSON.parse(got.body)]).toEqual([200, { calledBy: world.machine.id }])
  const body = '{"sku":"b-17"}'
  const json = [['Content-Type', 'application/json']] as const
  const lines = await world.prove(form, { method: 'POST', body, headers: json })
  const posted = await send(name, { method: 'POST', target, lines, body })
  expect([posted.status, posted.text]).toEqual([200, expect.stringContaining(body)])
  const other = await world.prove(form, { method: 'POST', body, headers: json })
  const refused = await send(name, { method: 'POST', target, lines: other, body: '{"sku":"b-18"}' })
  expect([refused.status, refused.code]).toEqual([401, 'digest_mismatch'])
})

test('stream.mjs keeps what was signed, and nothing of what was not', async () => {
  await untilItListens('stream.mjs')
  const body = 'x'.repeat(200_000)
  const lines = await world.prove(forms[0], { method: 'POST', body })
  const kept = await send('stream.mjs', { method: 'POST', target, lines, body })
  const file = /dec_[0-9a-z]{26}/.exec(kept.body)?.[0] ?? ''
  expect(await readFile(path.join(folder, `${file}.upload`), 'utf8')).toBe(body)
  const other = await world.prove(forms[0], { method: 'POST', body })
  const refused = await send('stream.mjs', { method: 'POST', target, lines: other, body: `${body.slice(1)}!` })
  expect(refused.status).not.toBe(200)
})

test('route.mjs lets in what is countersigned', async () => {
  const route = (await import(pathToFileURL(path.join(folder, 'route.mjs')).href)) as Record<
    'GET' | 'POST',
    (request: NextRequest, context: object) => Promise<Response>
  >
  const ask = async (method: 'GET' | 'POST', lines: readonly string[], body?: string) => {
    const headers = lines.map((line): [string, string] => [
      line.slice(0, line.indexOf(':')),
      line.slice(line.indexOf(':') + 2),
    ])
    const init = { method, headers: [...headers, ['host', host] as [string, string]], ...(body && { body }) }
    return route[method](new NextRequest(`http://localhost:3000${target}`, init), {})
  }
  expect((await ask('GET', [])).status).toBe(401)
  expect(await (await ask('GET', await world.prove(forms[0]))).json()).toEqual({ calledBy: world.machine.id })
  const body = '{"sku":"b-17"}'
  const headers = [['Content-Type', 'application/json']] as const
  const posted = await ask('POST', await world.prove(forms[0], { method: 'POST', body, headers }), body)
  expect(await posted.json()).toEqual({ calledBy: world.machine.id, received: { sku: 'b-17' } })
})

test('the declarations fit the frameworks: every program compiles as a user’s would', () => {
  const program = typescript.createProgram(
    blocks.map((name) => path.join(folder, name)),
    {
      allowJs: true,
      checkJs: true,
      strict: true,
      noEmit: true,
      skipLibCheck: true,
      target: typescript.ScriptTarget.ES2023,
      module: typescript.ModuleKind.NodeNext,
      moduleResolution: typescript.ModuleResolutionKind.NodeNext,
      types: ['node'],
    },
  )
  const found = typescript.getPreEmitDiagnostics(program)
  expect(found.map((each) => typescript.flattenDiagnosticMessageText(each.messageText, '\n'))).toEqual([])
})
