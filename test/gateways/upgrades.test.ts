import { createConnection } from 'node:net'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { gatewayKinds } from './gateway-kinds'
import { openGatewayWorld, host, type GatewayWorld } from './gateway-world'
import { readLoosely } from './protected-backend'
import { formatRequest, sendRaw } from './raw-http'

let world: GatewayWorld
beforeAll(async () => {
  world = await openGatewayWorld()
})
beforeEach(() => world.backend.forget())
afterAll(() => world?.close())

const webSocket = ['Upgrade: websocket', 'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==', 'Sec-WebSocket-Version: 13']

/** Sends a handshake, then words once it is answered, and gives back everything until the words have come back. */
function talk(port: number, handshake: string, words: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = createConnection({ host: '127.0.0.1', port })
    let text = ''
    socket.setEncoding('latin1')
    socket.on('data', (part: string) => {
      const wasOpen = text.includes('\r\n\r\n')
      text += part
      if (!wasOpen && text.includes('\r\n\r\n')) socket.write(words)
      if (text.endsWith(words)) socket.end()
    })
    socket.once('close', () => resolve(text))
    socket.once('error', reject)
    socket.write(handshake)
  })
}

describe.each(gatewayKinds)('behind %s', (kind) => {
  test.each([
    ['a WebSocket handshake', 'close, Upgrade', webSocket],
    [
      'an upgrade to h2c',
      'close, Upgrade, HTTP2-Settings',
      ['Upgrade: h2c', 'HTTP2-Settings: AAMAAABkAAQAoAAAAAIAAAAA'],
    ],
    ['an upgrade to anything', 'close, Upgrade', ['Upgrade: websocket, h2c', ...webSocket.slice(1)]],
  ])('%s without a credential is refused', async (_name, connection, lines) => {
    const answer = await sendRaw(
      world.gateway(kind).port,
      formatRequest({ target: '/v1/socket', host, connection, lines }),
    )
    // Envoy refuses by itself to upgrade to what it was not told to.
    if (answer.code === undefined) expect(answer.status).toBe(403)
    else expect([answer.status, answer.code]).toEqual([401, 'credential_missing'])
    expect(world.backend.arrived).toEqual([])
  })

  test('a replayed handshake is refused', async () => {
    const bytes = world.sign({ target: '/v1/socket', connection: 'close, Upgrade', lines: webSocket })
    await talk(world.gateway(kind).port, bytes, 'ping')
    world.backend.forget()
    const replay = await sendRaw(world.gateway(kind).port, bytes)
    expect([replay.status, replay.code]).toEqual([401, 'credential_replayed'])
    expect(world.backend.arrived).toEqual([])
  })

  test('an allowed request for h2c is an ordinary request', async () => {
    const answer = await world.send(kind, {
      connection: 'close, Upgrade, HTTP2-Settings',
      lines: ['Upgrade: h2c', 'HTTP2-Settings: AAMAAABkAAQAoAAAAAIAAAAA'],
    })
    expect(answer.status).toBe(200)
    expect(readLoosely(world.backend.served[0], 'upgrade')).toEqual([])
  })
})

test.each(gatewayKinds.filter((kind) => kind !== 'gate'))('%s: an allowed WebSocket talks both ways', async (kind) => {
  for (const upgrade of ['websocket', 'WebSocket']) {
    world.backend.forget()
    const lines = [`Upgrade: ${upgrade}`, ...webSocket.slice(1)]
    const bytes = world.sign({ target: '/v1/socket', connection: 'Upgrade, Countersign-Assertion', lines })
    const text = await talk(world.gateway(kind).port, bytes, 'some words')
    expect(text).toMatch(/^HTTP\/1\.1 101 /)
    expect(text.endsWith('\r\n\r\nsome words')).toBe(true)
    expect(world.backend.served).toMatchObject([{ method: 'GET', target: '/v1/socket' }])
  }
})

test('the gate hands a WebSocket handshake on as an ordinary request', async () => {
  const answer = await world.send('gate', { target: '/v1/socket', connection: 'close, Upgrade', lines: webSocket })
  expect(answer.status).toBe(200)
  expect(readLoosely(world.backend.served[0], 'upgrade')).toEqual([])
})
