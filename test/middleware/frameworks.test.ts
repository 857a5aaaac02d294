import { connect } from 'node:net'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { computeContentDigest } from '@/lib/protocol'
import type { CountersignOptions } from '@/middleware'
import { formatRequest, sendRaw } from '../gateways/raw-http'
import { prepareService } from '../setup/prepare-service'
import type { TestMachine } from '../setup/test-machine'
import {
  forms,
  host,
  openMiddlewareWorld,
  target,
  type Form,
  type MiddlewareWorld,
  type ProvenRequest,
} from './middleware-world'
import { appKinds, startApp, webKinds, type AppKind, type ProtectedApp } from './protected-apps'

let world: MiddlewareWorld
beforeAll(async () => {
  world = await openMiddlewareWorld()
})
afterAll(() => world?.close())

const prove = (form: Form, request?: ProvenRequest) => world.prove(form, request)

function optionsOf(form: Form, body: 'whole' | 'stream' = 'whole'): CountersignOptions {
  const common = { service: 'orders', body, maxBodyBytes: 1_000_000 }
  return form === 'asks for the credential'
    ? { ...common, server: world.server.url, gatewayKey: world.libraryKey, deadlineMs: 5_000 }
    : {
        ...common,
        jwksUrl: `${world.server.url}/.well-known/jwks.json`,
        issuer: `http://localhost:${world.server.port}`,
        authorities: [host],
      }
}

describe.each(forms)('%s', (form) => {
  describe.each(appKinds)('%s', (kind) => {
    const isWeb = webKinds.includes(kind)
    let app: ProtectedApp
    beforeAll(async () => {
      app = await startApp(kind, optionsOf(form))
    })
    beforeEach(() => {
      app.served.length = 0
    })
    afterAll(() => app?.close())

    const send = (request: Parameters<typeof formatRequest>[0]) =>
      sendRaw(app.port, formatRequest({ host, ...request }))

    test('lets a countersigned request in, once, and says who calls', async () => {
      const lines = await prove(form)
      const forged = ['Countersign-Machine: mach_forged', 'Countersign-Decision: dec_forged']
      const answer = await send({ target, lines: [...lines, ...forged] })
      expect([answer.status, answer.body.includes('served')]).toEqual([200, true])
      expect(app.served[0]?.facts).toMatchObject({ machine: { id: world.machine.id, generation: 1 }, authority: host })
      expect(app.served[0]?.facts.decisionId).toMatch(/^dec_[0-9a-z]{26}$/)
      const again = await send({ target, lines })
      expect([again.status, again.code]).toEqual([401, 'credential_replayed'])
      expect(app.served).toHaveLength(1)
    })

    test('hands a body on as it came, whole or in chunks', async () => {
      const body = '{"sku":"b-17"}'
      const lines = await prove(form, { method: 'POST', body })
      expect((await send({ method: 'POST', target, lines, body })).status).toBe(200)
      const chunked = [...(await prove(form, { method: 'POST', body })), 'Transfer-Encoding: chunked']
      const head = formatRequest({ method: 'POST', target, host, lines: chunked })
      expect(
        (await sendRaw(app.port, `${head}4\r\n${body.slice(0, 4)}\r\na\r\n${body.slice(4)}\r\n0\r\n\r\n`)).status,
      ).toBe(200)
      expect(app.served.map((served) => served.body)).toEqual([body, body])
    })

    test('HEAD and OPTIONS are requests like any other', async () => {
      for (const method of ['HEAD', 'OPTIONS']) {
        const refused = await send({ method, target })
        expect([method, refused.status]).toEqual([method, 401])
        const allowed = await send({ method, target, lines: await prove(form, { method }) })
        expect([method, allowed.status]).toEqual([method, 200])
      }
      expect(app.served).toHaveLength(2)
    })

    const attacks: readonly (readonly [name: string, send: () => Promise<Awaited<ReturnType<typeof send>>>])[] = [
      ['without a credential', () => send({ target })],
      [
        'with plain headers that a client has made up',
        () =>
          send({
            target,
            lines: [
              `Countersign-Machine: ${world.machine.id}`,
              'Countersign-Decision: dec_01jzzzzzzzzzzzzzzzzzzzzzzz',
              `Countersign-Gateway-Key: ${world.libraryKey}`,
            ],
          }),
      ],
      ['with another method', async () => send({ method: 'DELETE', target, lines: await prove(form) })],
      ['with another path', async () => send({ target: '/v1/admin?a=b', lines: await prove(form) })],
      ['with another query', async () => send({ target: '/v1/orders?a=c', lines: await prove(form) })],
      [
        'with its signature in two lines',
        async () => {
          const lines = await prove(form)
          const proof = /^(?:Signature|Signature-Input|Countersign-Assertion):/i
          const wanted = form === 'checks an assertion' ? /^Countersign-Assertion:/ : proof
          return send({ target, lines: [...lines, ...lines.filter((line) => wanted.test(line))] })
        },
      ],
      [
        'with another body of the same length',
        async () =>
          send({ method: 'POST', target, lines: await prove(form, { method: 'POST', body: 'one' }), body: 'two' }),
      ],
      [
        'with another body and the digest of that',
        async () => {
          const lines = await prove(form, { method: 'POST', body: 'one' })
          const own = lines.filter((line) => !line.startsWith('Content-Digest:'))
          const digest = `Content-Digest: ${computeContentDigest(Buffer.from('two'))}`
          return send({ method: 'POST', target, lines: [...own, digest], body: 'two' })
        },
      ],
      [
        'with a body longer than the bound',
        async () => {
          const body = 'x'.repeat(1_000_001)
          return send({ method: 'POST', target, lines: await prove(form, { method: 'POST', body }), body })
        },
      ],
    ]

    test.each(attacks)('refuses a request %s', async (_name, attack) => {
      const answer = await attack()
      expect([401, 413]).toContain(answer.status)
      expect(answer.code).toMatch(/^[a-z_]+$/)
      expect(answer.header('content-type')).toBe('application/problem+json')
      expect(app.served).toEqual([])
    })

    const rawTest = isWeb ? undefined : test
    rawTest?.(
      'refuses what Web requests do not show: another spelling, a whole URL, a second Host, a body of GET',
      async () => {
        const lines = await prove(form)
        expect((await send({ target: '/v1/x/../orders?a=b', lines })).status).toBe(401)
        expect((await send({ target: `http://evil.example${target}`, lines: await prove(form) })).status).toBe(401)
        if (form === 'asks for the credential') {
          const two = await send({ target, lines: [`Host: evil.example`, ...(await prove(form))] })
          expect([two.status, two.code]).toEqual([401, 'credential_malformed'])
        }
        const withBody = await send({ target, lines: await prove(form), body: 'hello' })
        expect([withBody.status, withBody.code]).toEqual([401, 'body_unexpected'])
        expect(app.served).toEqual([])
      },
    )

    test('does nothing for a body that breaks off', async () => {
      const lines = [...(await prove(form, { method: 'POST', body: 'whole' })), 'Content-Length: 5']
      const head = formatRequest({ method: 'POST', target, host, lines })
      await new Promise<void>((resolve) => {
        const socket = connect({ host: '127.0.0.1', port: app.port }, () => {
          socket.end(`${head}who`)
        })
        socket.resume().once('error', () => undefined)
        socket.once('close', () => resolve())
      })
      expect(app.served).toEqual([])
    })
  })
})

describe('a streamed body', () => {
  const large = 'x'.repeat(300_000)

  describe.each(forms)('%s', (form) => {
    test.each(appKinds)(
      '%s: is acted on when it is the one that was signed, and never otherwise',
      async (kind: AppKind) => {
        const app = await startApp(kind, { ...optionsOf(form, 'stream'), maxBodyBytes: 10 })
        try {
          for (const body of ['{"sku":"b-17"}', large]) {
            app.served.length = 0
            const good = await prove(form, { method: 'POST', body })
            const allowed = await sendRaw(app.port, formatRequest({ method: 'POST', target, host, lines: good, body }))
            expect([kind, allowed.status, app.served[0]?.body.length]).toEqual([kind, 200, body.length])
            const forged = `${body.slice(0, -1)}!`
            const lines = await prove(form, { method: 'POST', body })
            const refused = await sendSlowly(
              app.port,
              formatRequest({ method: 'POST', target, host, lines, body: forged }),
            )
            expect([kind, body.length, refused]).not.toEqual([kind, body.length, 200])
            expect(app.served).toHaveLength(1)
          }
          expect(app.begun()).toBeGreaterThanOrEqual(2)
        } finally {
          await app.close()
        }
      },
    )
  })

  test('is read by its handler before its end is here, and the client is told why it broke off', async () => {
    const app = await startApp('node:http', optionsOf('asks for the credential', 'stream'))
    try {
      const lines = await prove('asks for the credential', { method: 'POST', body: large })
      const bytes = formatRequest({ method: 'POST', target, host, lines, body: `${large.slice(0, -1)}!` })
      const { status, begunBeforeEnd } = await sendInTwo(app, bytes)
      expect([status, begunBeforeEnd, app.served]).toEqual([401, true, []])
    } finally {
      await app.close()
    }
  })

  test('of a service that wants checked bodies is refused before it is read', async () => {
    const change = (bodyBinding: string) =>
      world.server.api('PATCH', `/services/${world.service.serviceId}`, { bodyBinding })
    expect((await change('required')).status).toBe(200)
    const whole = await startApp('Express', optionsOf('asks for the credential'))
    const streaming = await startApp('Express', optionsOf('asks for the credential', 'stream'))
    try {
      const request = async () => {
        const lines = await prove('asks for the credential', { method: 'POST', body: 'one' })
        return formatRequest({ method: 'POST', target, host, lines, body: 'one' })
      }
      expect((await sendRaw(whole.port, await request())).status).toBe(200)
      const refused = await sendRaw(streaming.port, await request())
      expect([refused.code, streaming.begun()]).toEqual(['body_unchecked', 0])
    } finally {
      await Promise.all([whole.close(), streaming.close(), change('backend')])
    }
  })
})

test('a machine that was revoked is refused at once, and a guard without a right to ask lets nobody in', async () => {
  const other = await world.service.enroll('leaves')
  const app = await startApp('Express', optionsOf('asks for the credential'))
  const stranger = await startApp('Express', {
    ...optionsOf('asks for the credential'),
    gatewayKey: `csg_${'A'.repeat(43)}`,
  })
  const request = (signer: TestMachine) =>
    formatRequest({
      target,
      host,
      lines: signer.sign({ target, authority: host }).map(([name, value]) => `${name}: ${value}`),
    })
  try {
    expect((await sendRaw(app.port, request(other))).status).toBe(200)
    expect((await sendRaw(stranger.port, request(other))).code).toBe('gateway_unknown')
    const revoked = await world.server.api('POST', `/machines/${other.id}/revoke`, { reason: 'a test' })
    expect(revoked.status).toBe(200)
    expect((await sendRaw(app.port, request(other))).code).toBe('machine_revoked')
    expect([app.served.length, stranger.served.length]).toEqual([1, 0])
  } finally {
    await Promise.all([app.close(), stranger.close()])
  }
})

test('what is only observed passes where the guard is set to that, and says so', async () => {
  const observed = await prepareService(world.server, {
    slug: 'watched',
    authority: 'watched.example',
    profile: 'library',
    settings: { mode: 'observe' },
  })
  const options = { service: 'watched', server: world.server.url, gatewayKey: observed.gatewayKey }
  const strict = await startApp('Express', options)
  const watching = await startApp('Express', { ...options, observe: true })
  const unsigned = formatRequest({ target: '/', host: 'watched.example' })
  try {
    const refused = await sendRaw(strict.port, unsigned)
    expect([refused.status, refused.code, strict.begun()]).toEqual([403, 'policy_denied', 0])
    expect((await sendRaw(watching.port, unsigned)).status).toBe(200)
    expect(watching.served[0]?.facts).toMatchObject({ isObserved: true, machine: undefined })
  } finally {
    await Promise.all([strict.close(), watching.close()])
  }
})

/** Sends the head and most of the body, then the rest: so that a decision can be made before the end is here. */
async function sendInTwo(app: ProtectedApp, bytes: string): Promise<{ status: number; begunBeforeEnd: boolean }> {
  const socket = connect({ host: '127.0.0.1', port: app.port })
  let text = ''
  socket.setEncoding('latin1').on('data', (part: string) => (text += part))
  socket.once('error', () => undefined)
  const closed = new Promise<void>((resolve) => socket.once('close', () => resolve()))
  socket.write(bytes.slice(0, -10))
  await expect.poll(() => app.begun() > 0 || socket.destroyed, { timeout: 5_000, interval: 5 }).toBe(true)
  const begunBeforeEnd = app.begun() > 0
  socket.end(bytes.slice(-10))
  await closed
  return { status: Number(/^HTTP\/1\.1 (\d{3})/.exec(text)?.[1] ?? 0), begunBeforeEnd }
}

/** The status, or 0 for a connection that was closed without an answer. */
async function sendSlowly(port: number, bytes: string): Promise<number> {
  const socket = connect({ host: '127.0.0.1', port })
  let text = ''
  socket.setEncoding('latin1').on('data', (part: string) => (text += part))
  socket.once('error', () => undefined)
  const closed = new Promise<void>((resolve) => socket.once('close', () => resolve()))
  socket.write(bytes.slice(0, -1))
  setTimeout(() => socket.end(bytes.slice(-1)), 30)
  await closed
  return Number(/^HTTP\/1\.1 (\d{3})/.exec(text)?.[1] ?? 0)
}
