import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { chmod, lstat, mkdir, mkdtemp, rm, stat, writeFile } from 'node:fs/promises'
import { createConnection, createServer, type Server } from 'node:net'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { listenAtSocketPath } from './listen-at-socket-path'

let folder: string
let socketPath: string
const servers: Server[] = []

beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'cs-'))
  await chmod(folder, 0o750)
  socketPath = path.join(folder, 's.sock')
})
afterEach(async () => {
  for (const server of servers.splice(0)) await new Promise((resolve) => server.close(resolve))
  await rm(folder, { recursive: true, force: true })
})

function makeServer(words = 'here'): Server {
  const server = createServer((socket) => socket.end(words))
  servers.push(server)
  return server
}

async function ask(): Promise<string> {
  const socket = createConnection(socketPath)
  let text = ''
  socket.on('data', (part: Buffer) => (text += part.toString()))
  await once(socket, 'close')
  return text
}

test('its account and its group can open the socket, nobody else; it is gone when the server has closed', async () => {
  const server = makeServer()
  const listening = await listenAtSocketPath(server, socketPath)
  expect((await stat(socketPath)).mode & 0o777).toBe(0o660)
  expect(await ask()).toBe('here')
  await new Promise((resolve) => server.close(resolve))
  await listening.release()
  await expect(lstat(socketPath)).rejects.toThrow('ENOENT')
  await (await listenAtSocketPath(makeServer('again'), socketPath)).release()
})

test('of many at once one listens, and the others are told which process it is', async () => {
  const tries = await Promise.allSettled(
    ['a', 'b', 'c', 'd'].map((words) => listenAtSocketPath(makeServer(words), socketPath)),
  )
  const refused = tries.filter((each) => each.status === 'rejected')
  expect(refused).toHaveLength(3)
  for (const { reason } of refused) expect(String(reason)).toContain(`process ${process.pid}`)
  expect(['a', 'b', 'c', 'd']).toContain(await ask())
  for (const each of tries) if (each.status === 'fulfilled') await each.value.release()
})

test('what a killed process has left behind is taken over', async () => {
  const program = `require('net').createServer().listen(${JSON.stringify(socketPath)}, () => console.log('ready'))`
  const child = spawn(process.execPath, ['-e', program], { stdio: ['ignore', 'pipe', 'inherit'] })
  await once(child.stdout, 'data')
  child.kill('SIGKILL')
  await once(child, 'exit')
  expect((await lstat(socketPath)).isSocket()).toBe(true)
  const listening = await listenAtSocketPath(makeServer(), socketPath)
  expect(await ask()).toBe('here')
  await listening.release()
})

test('a place that others could put their own socket into is refused', async () => {
  for (const mode of [0o770, 0o757, 0o1777]) {
    await chmod(folder, mode)
    await expect(listenAtSocketPath(makeServer(), socketPath)).rejects.toThrow('chmod go-w')
  }
  await expect(lstat(socketPath)).rejects.toThrow('ENOENT')
})

test('a file that is no socket is left alone, and a path that the system would cut is refused', async () => {
  await writeFile(socketPath, 'mine')
  await expect(listenAtSocketPath(makeServer(), socketPath)).rejects.toThrow('is no socket')
  expect((await stat(socketPath)).size).toBe(4)
  const deep = path.join(folder, 'd'.repeat(100))
  await mkdir(deep)
  await expect(listenAtSocketPath(makeServer(), path.join(deep, 's'))).rejects.toThrow('fewer than 100')
})
