import { request } from 'node:http'
import { expect, test } from 'vitest'
import { createTestPlace } from '../setup/open-test-dependencies'
import { readSetUpToken, testPassword } from '../setup/sign-in'
import { startServer, tryStartServer } from '../setup/start-server'

/** With a Host of our choice, which `fetch` does not allow. */
function call(
  port: number,
  target: string,
  headers: Record<string, string>,
  body?: object,
): Promise<{ status: number; headers: NodeJS.Dict<string | string[]>; text: string }> {
  return new Promise((resolve, reject) => {
    const sent = request(
      { host: '127.0.0.1', port, path: target, method: body ? 'POST' : 'GET', headers },
      (response) => {
        let text = ''
        response.setEncoding('utf8')
        response.on('data', (chunk: string) => (text += chunk))
        response.on('end', () => resolve({ status: response.statusCode ?? 0, headers: response.headers, text }))
      },
    )
    sent.on('error', reject)
    sent.end(body && JSON.stringify(body))
  })
}

const codeOf = ({ text }: { text: string }) => (JSON.parse(text) as { code?: string }).code
const json = { 'content-type': 'application/json' }

test('without TLS away from this machine, signing in explains itself and refuses', async () => {
  const place = await createTestPlace('postgresql')
  try {
    const server = await startServer(place, { environment: { COUNTERSIGN_PUBLIC_URL: 'http://console.example' } })
    const away = { host: 'console.example' }
    const page = await call(server.port, '/sign-in', away)
    expect(page.text).toContain('This page was reached without TLS')
    expect(page.text).not.toContain('type="password"')
    const token = await readSetUpToken(place.dataDirectory)
    expect((await call(server.port, `/set-up/${token}`, away)).text).toContain('reached without TLS')
    const body = { token, email: 'ada@example.org', name: 'Ada', password: testPassword }
    const own = { ...away, ...json, origin: 'http://console.example' }
    expect(codeOf(await call(server.port, '/api/auth/steps/set-up', own, body))).toBe('tls_required')
    // Nobody believes a stranger about a proxy.
    const forged = { ...own, 'x-forwarded-proto': 'https', 'x-forwarded-host': 'localhost' }
    expect(codeOf(await call(server.port, '/api/auth/steps/set-up', forged, body))).toBe('tls_required')
    expect(codeOf(await call(server.port, '/api/auth/csrf', away))).toBe('tls_required')
    // On this machine it works.
    const here = { host: `localhost:${server.port}`, origin: `http://localhost:${server.port}`, ...json }
    expect((await call(server.port, '/api/auth/steps/set-up', here, body)).status).toBe(200)
    await server.stop()
  } finally {
    await place.remove()
  }
})

test('behind a trusted proxy it works by TLS, and the client is who the proxy says', async () => {
  const place = await createTestPlace('postgresql')
  try {
    const environment = {
      COUNTERSIGN_PUBLIC_URL: 'https://console.example',
      COUNTERSIGN_TRUSTED_PROXIES: '127.0.0.1/32, ::1/128',
    }
    const server = await startServer(place, { environment })
    const proxied = {
      host: 'console.example',
      'x-forwarded-proto': 'https',
      'x-forwarded-for': '1.1.1.1, 198.51.100.7',
    }
    const page = await call(server.port, '/sign-in', proxied)
    expect(page.text).toContain('Nobody administers this deployment yet')
    expect(page.headers['strict-transport-security']).toContain('max-age')
    const http = await call(server.port, '/sign-in', { ...proxied, 'x-forwarded-proto': 'http' })
    expect(http.text).toContain('This page was reached without TLS')

    const token = await readSetUpToken(place.dataDirectory)
    const body = { token, email: 'ada@example.org', name: 'Ada', password: testPassword }
    const own = { ...proxied, ...json, origin: 'https://console.example' }
    const plain = { ...own, origin: 'http://console.example' }
    expect(codeOf(await call(server.port, '/api/auth/steps/set-up', plain, body))).toBe('origin_refused')
    expect((await call(server.port, '/api/auth/steps/set-up', own, body)).status).toBe(200)
    const events = await server.api<{ items: { address: string | null }[] }>(
      'GET',
      '/audit-events?action=operator.set_up',
    )
    expect(events.body.items[0]?.address).toBe('198.51.100.7')
    await server.stop()
  } finally {
    await place.remove()
  }
})

test('proxies that are everybody, or no range, are refused at the start', async () => {
  const place = await createTestPlace('postgresql')
  try {
    for (const ranges of ['0.0.0.0/0', '::/0', '10.0.0.0', 'x', '10.0.0.0/8;192.168.0.0/16']) {
      const started = await tryStartServer(place, { environment: { COUNTERSIGN_TRUSTED_PROXIES: ranges } })
      expect([ranges, started.outcome]).toEqual([ranges, 'ended'])
      if (started.outcome === 'ended') expect(started.output).toContain('COUNTERSIGN_TRUSTED_PROXIES')
    }
  } finally {
    await place.remove()
  }
})
