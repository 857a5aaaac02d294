import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { problem } from '@/lib/contract/problem'
import { createTestPlace, type TestPlace } from '../setup/open-test-dependencies'
import { startServer, type RunningServer } from '../setup/start-server'

let place: TestPlace
let server: RunningServer
let token: string

beforeAll(async () => {
  place = await createTestPlace('embedded')
  server = await startServer(place)
  const made = await server.api<{ token: string }>('POST', '/api-tokens', { name: 'http test', role: 'administrator' })
  token = made.body.token
})
afterAll(async () => {
  await server.stop()
  await place.remove()
})

const secret = 'csx_do-not-log-this-value'

function call(method: string, path: string, init: { body?: string; headers?: Record<string, string> } = {}) {
  return fetch(`${server.url}/api/v1${path}`, {
    method,
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json', ...init.headers },
    ...(init.body !== undefined && { body: init.body }),
  })
}

describe('the management API over HTTP', () => {
  test('every refusal is a problem document that names the request and is kept by nobody', async () => {
    const deep = `${'{"a":'.repeat(40)}1${'}'.repeat(40)}`
    const cases: [string, string, { body?: string; headers?: Record<string, string> }, string][] = [
      ['GET', '/nothing', {}, 'not_found'],
      ['DELETE', '/machines', {}, 'method_not_allowed'],
      ['OPTIONS', '/machines', {}, 'method_not_allowed'],
      ['GET', '/machines/mach_%30', {}, 'request_malformed'],
      ['GET', '/machines/..%2f..%2fwhoami', {}, 'request_malformed'],
      ['GET', '/machines?limit=1&limit=2', {}, 'request_malformed'],
      ['GET', `/machines?${'x'.repeat(5000)}`, {}, 'request_malformed'],
      ['GET', '/machines?__proto__=1', {}, 'request_malformed'],
      ['POST', '/services', { body: '{' }, 'request_malformed'],
      ['POST', '/services', { body: '[]' }, 'request_malformed'],
      ['POST', '/services', { body: 'null' }, 'request_malformed'],
      ['POST', '/services', { body: deep }, 'request_malformed'],
      ['POST', '/services', { body: '{"__proto__":{"slug":"x"}}' }, 'request_malformed'],
      ['POST', '/services', { body: '{}', headers: { 'content-type': 'text/plain' } }, 'request_malformed'],
      ['POST', '/services', { body: `"${'x'.repeat(70_000)}"` }, 'request_too_large'],
      ['GET', '/whoami', { headers: { authorization: `Bearer ${secret}` } }, 'unauthenticated'],
      ['GET', '/whoami', { headers: { authorization: 'Basic YTpi' } }, 'unauthenticated'],
      ['GET', '/whoami', { headers: { authorization: '' } }, 'unauthenticated'],
    ]
    for (const [method, path, init, code] of cases) {
      const response = await call(method, path, init)
      const document = problem.parse(await response.json())
      expect([method, path.slice(0, 40), document.code, response.status]).toEqual([
        method,
        path.slice(0, 40),
        code,
        document.status,
      ])
      expect(document.requestId).toMatch(/^req_/)
      expect(response.headers.get('content-type')).toBe('application/problem+json')
      expect(response.headers.get('cache-control')).toBe('no-store')
    }
  })

  test('HEAD answers like GET without its body', async () => {
    const response = await call('HEAD', '/whoami')
    expect([response.status, await response.text()]).toEqual([200, ''])
  })

  test('headers that Next.js gives meaning to open nothing', async () => {
    for (const name of [
      'x-middleware-subrequest',
      'next-resume',
      'x-nextjs-data',
      'x-countersign-peer',
      'x-forwarded-for',
    ]) {
      const response = await fetch(`${server.url}/api/v1/whoami`, { headers: { [name]: 'local_administrator' } })
      expect([name, response.status]).toEqual([name, 401])
    }
  })

  test('the OpenAPI document is public and is the one in docs', async () => {
    const response = await fetch(`${server.url}/api/v1/openapi.json`)
    expect(response.status).toBe(200)
    const document = (await response.json()) as { openapi: string; paths: Record<string, object> }
    expect(document.openapi).toMatch(/^3\.1\./)
    expect(Object.keys(document.paths)).toContain('/verify')
  })

  test('no secret that was sent stands in the log', () => {
    expect(server.output()).not.toContain(secret)
    expect(server.output()).not.toContain(token)
  })
})
