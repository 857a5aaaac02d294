import { readFile } from 'node:fs/promises'
import { connect, type Socket } from 'node:net'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { createTestPlace, type TestPlace } from '../../setup/open-test-dependencies'
import type { RunningServer } from '../../setup/start-server'
import type { TestMachine } from '../../setup/test-machine'
import { inParallel, until } from '../../verification/support/in-parallel'
import { openCluster, type Cluster } from '../support/cluster'

let place: TestPlace
let cluster: Cluster
let machine: TestMachine
let node: RunningServer
const sockets: Socket[] = []

beforeAll(async () => {
  place = await createTestPlace('postgresql')
  cluster = await openCluster(place, {
    verificationNodes: 1,
    environment: { COUNTERSIGN_DECISION_DEADLINE_MS: '1500' },
  })
  machine = await cluster.service.enroll('honest')
  node = cluster.world.server(1)
})
afterAll(async () => {
  for (const socket of sockets) socket.destroy()
  await cluster.close()
  await place.remove()
})

/** Loopback gives one address about 28,000 ports; others are as good. */
function open(from: string): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = connect({ port: node.port, host: '127.0.0.1', localAddress: from, allowHalfOpen: true })
    sockets.push(socket)
    socket.once('connect', () => resolve(socket))
    socket.once('error', reject)
    socket.resume()
  })
}
const residentMb = async () => {
  const status = await readFile(`/proc/${node.child.pid}/status`, 'utf8')
  return Number(/VmRSS:\s+(\d+)/.exec(status)?.[1]) / 1024
}
const honest = async (count: number) => {
  const asked = await inParallel(
    Array.from({ length: count }, (_, index) => index),
    4,
    () => cluster.ask(1, machine),
  )
  expect(asked.map(({ answer }) => answer?.code)).toEqual(Array<string>(count).fill('allowed'))
}
const closed = (socket: Socket) =>
  new Promise<number>((resolve) => socket.once('close', () => resolve(performance.now())))

test('10,000 connections that say nothing, or rest after a question, cost memory in bounds and nobody an answer', async () => {
  await honest(50)
  const before = await residentMb()
  const indices = Array.from({ length: 10_000 }, (_, index) => index)
  await inParallel(indices, 100, async (index) => {
    const socket = await open(`127.0.1.${1 + (index % 4)}`)
    // Half of them have asked something once, and are what a gateway keeps.
    if (index % 2 === 0) socket.write('GET /healthz HTTP/1.1\r\nHost: a\r\n\r\n')
  })
  expect(sockets.filter((socket) => !socket.destroyed)).toHaveLength(10_000)
  await honest(200)
  expect((await residentMb()) - before).toBeLessThan(300)
  // Those that never said a word are not kept for ever.
  const silent = sockets.filter((_, index) => index % 2 === 1)
  const areGone = () =>
    Promise.resolve(silent.every((socket) => socket.readableEnded || socket.destroyed) ? true : undefined)
  await until(areGone, 30_000, 'The end of connections that never said a word')
  for (const socket of sockets.splice(0)) socket.destroy()
  await honest(50)
})

test('clients that send a byte now and then are cut off, and so are those that keep half a connection', async () => {
  const slowHead = await open('127.0.1.5')
  const slowBody = await open('127.0.1.5')
  const half = await open('127.0.1.5')
  const startedAtMs = performance.now()
  const ends = Promise.all([slowHead, slowBody, half].map(closed))
  slowHead.write('GET /api/v1/authz/nginx/orders HTTP/1.1\r\n')
  slowBody.write('POST /api/v1/verify HTTP/1.1\r\nHost: a\r\nContent-Length: 60000\r\n\r\n')
  // Says goodbye to its half and listens on.
  half.end('GET /healthz HTTP/1.1\r\nHost: a\r\n\r\n')
  const drip = setInterval(() => {
    for (const socket of [slowHead, slowBody]) if (socket.writable) socket.write('x')
  }, 500)
  // What the other side has ended is ended here, too, unlike `half`, whose end the server has to make.
  for (const socket of [slowHead, slowBody, half]) socket.once('end', () => socket.end())
  try {
    await honest(20)
    const [head, body, other] = await ends
    expect(head! - startedAtMs).toBeLessThan(25_000)
    expect(body! - startedAtMs).toBeLessThan(40_000)
    expect(other! - startedAtMs).toBeLessThan(5_000)
  } finally {
    clearInterval(drip)
  }
  await honest(20)
})

test('a client that asks without end and never reads makes the node neither grow nor stop', async () => {
  const before = await residentMb()
  const socket = await open('127.0.1.6')
  socket.pause()
  const question = 'GET /api/v1/authz/nginx/orders HTTP/1.1\r\nHost: a\r\n\r\n'.repeat(1_000)
  // Until nothing is taken any more: the node has stopped reading what it cannot answer.
  let written = 0
  while (written < 200 && (socket.write(question) || socket.writableLength < 8 * 1024 * 1024)) {
    written++
    await new Promise((resolve) => setTimeout(resolve, 5))
  }
  await honest(50)
  expect((await residentMb()) - before).toBeLessThan(200)
  socket.destroy()
  expect(await cluster.violations()).toEqual([])
})
