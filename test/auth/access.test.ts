import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import path from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { operations } from '@/lib/contract/operations'
import type { Operation } from '@/lib/contract/operation'
import { roleMay } from '@/lib/contract/permissions'
import { operatorRoles } from '@/lib/domain/operator/operator-role'
import { createTestPlace, type TestPlace } from '../setup/open-test-dependencies'
import { createSignedInOperator, openBrowser, setUpAdministrator, type TestBrowser } from '../setup/sign-in'
import { startServer, type RunningServer } from '../setup/start-server'

const root = path.resolve(import.meta.dirname, '../..')
const uuidIds: Record<string, string> = { service: 'no-such', gateway: 'no-such', key: 'gwk', apiToken: 'tok' }
const prefixes: Record<string, string> = {
  machine: 'mach',
  joinToken: 'join',
  decision: 'dec',
  operator: 'op',
  session: 'ses',
  auditEvent: 'evt',
  ...{ key: 'gwk', apiToken: 'tok' },
}
const closed = (Object.values(operations) as Operation[])
  .filter(({ permission }) => permission !== 'public')
  .map((operation) => ({
    ...operation,
    url: `/api/v1${operation.path.replace(/\{(\w+)\}/g, (_, name: string) =>
      prefixes[name] ? `${prefixes[name]}_01k3tt0z0ye00800014d2pf2db` : (uuidIds[name] ?? 'missing'),
    )}`,
  }))

const sources = execFileSync('git', ['ls-files', '-co', '--exclude-standard', '--', 'app', 'components', 'lib'], {
  cwd: root,
  encoding: 'utf8',
})
  .split('\n')
  .filter((file) => /\.tsx?$/.test(file) && !/\.test\./.test(file))

/** Where an address of the application lies: groups and files away, an example for each parameter. */
const addressOf = (file: string) => {
  const segments = file.split('/').slice(1, -1)
  const shown = segments.filter((segment) => !/^[(@]/.test(segment))
  return `/${shown.map((segment) => segment.replace(/^\[.*\]$/, 'mach_01k3tt0z0ye00800014d2pf2db')).join('/')}`
}
const pages = sources.filter((file) => /^app\/.*page\.tsx$/.test(file))
const handlers = sources.filter((file) => /^app\/.*route\.ts$/.test(file))

/** Reached without a session, on purpose. Everything else asks who it is. */
const openPages = [
  'app/(auth)/invitation/[token]/page.tsx',
  'app/(auth)/reset/[token]/page.tsx',
  'app/(auth)/set-up/[token]/page.tsx',
  'app/(auth)/sign-in/page.tsx',
  'app/docs/errors/page.tsx',
]
const openHandlers = ['app/api/auth/[...nextauth]/route.ts', 'app/api/auth/steps/[step]/route.ts']

/** Each has been a way around a check in front, in this framework or another (threats.md, 32). */
const crafted: Record<string, string>[] = [
  { 'x-middleware-subrequest': 'middleware:middleware:middleware:middleware:middleware' },
  { 'x-middleware-subrequest': 'src/middleware:src/middleware:src/middleware:src/middleware:src/middleware' },
  { 'x-middleware-subrequest': 'proxy:proxy:proxy:proxy:proxy', 'x-middleware-subrequest-id': '0' },
  { 'x-middleware-next': '1', 'x-middleware-rewrite': '/docs/errors' },
  { 'next-resume': '1' },
  { 'x-nextjs-data': '1' },
  { 'x-matched-path': '/docs/errors', 'x-invoke-path': '/docs/errors', 'x-invoke-status': '200' },
  { 'x-now-route-matches': '1=x', 'x-rewrite-url': '/docs/errors', 'x-original-url': '/docs/errors' },
  { rsc: '1', 'next-router-prefetch': '1' },
  { rsc: '1', 'next-router-prefetch': '1', 'next-router-segment-prefetch': '/_tree' },
  { rsc: '1', 'next-router-state-tree': '%5B%22%22%2C%7B%7D%5D' },
  { 'next-action': 'a'.repeat(42) },
  { 'x-countersign-peer': '127.0.0.1', 'x-countersign-path': '//evil.example', 'x-forwarded-for': '127.0.0.1' },
  { 'x-forwarded-host': 'evil.example', 'x-forwarded-proto': 'https' },
]

let place: TestPlace
let server: RunningServer
let browsers: Record<(typeof operatorRoles)[number], TestBrowser>

beforeAll(async () => {
  place = await createTestPlace('postgresql')
  server = await startServer(place)
  const ada = await setUpAdministrator(server, place.dataDirectory)
  const viewer = await createSignedInOperator(ada.browser, 'viewer')
  const operator = await createSignedInOperator(ada.browser, 'operator')
  browsers = { viewer: viewer.browser, operator: operator.browser, administrator: ada.browser }
})
afterAll(async () => {
  await server.stop()
  await place.remove()
})

const codeOf = async (response: Response) => {
  const body = (await response.json()) as { code?: string }
  return body.code ?? response.status
}
const hasBody = (method: string) => method !== 'GET' && method !== 'DELETE'

test('no page and no route handler is without a place in this test', () => {
  expect(pages.length).toBeGreaterThan(4)
  expect(openPages.filter((file) => !pages.includes(file))).toEqual([])
  expect(openHandlers.filter((file) => !handlers.includes(file))).toEqual([])
})

test('there are no server functions: whatever changes something is an operation of the contract', () => {
  const found = sources.filter((file) => /^\s*['"]use server['"]/m.test(readFileSync(path.join(root, file), 'utf8')))
  expect(found).toEqual([])
})

test('every page asks for the session itself', () => {
  const silent = pages
    .filter((file) => !openPages.includes(file))
    .filter((file) => !readFileSync(path.join(root, file), 'utf8').includes('await requireOperator()'))
  expect(silent).toEqual([])
})

test('every operation refuses a call without a session, whatever headers come with it', async () => {
  const stranger = openBrowser(server)
  for (const { operationId, method, url } of closed) {
    const body = hasBody(method) ? { body: {} } : {}
    expect([operationId, await codeOf(await stranger.fetch(url, { method, ...body }))]).toEqual([
      operationId,
      'unauthenticated',
    ])
  }
  for (const headers of crafted) {
    for (const { operationId, method, url } of closed.filter((_, index) => index % 5 === 0)) {
      const response = await stranger.fetch(url, { method, headers, ...(hasBody(method) && { body: {} }) })
      expect([operationId, headers, await codeOf(response)]).toEqual([operationId, headers, 'unauthenticated'])
    }
  }
})

test('every route handler that is no operation refuses a call without a session', async () => {
  const stranger = openBrowser(server)
  for (const file of handlers.filter((name) => !openHandlers.includes(name) && !name.includes('[...path]'))) {
    for (const headers of [{}, ...crafted]) {
      const response = await stranger.fetch(addressOf(file), { headers })
      expect([file, headers, response.status]).toEqual([file, headers, 401])
    }
    const foreign = { headers: { origin: 'https://evil.example' } }
    expect([file, (await browsers.viewer.fetch(addressOf(file), foreign)).status]).toEqual([file, 403])
  }
})

test('every page leads a stranger to the sign-in and back, whatever headers come with it', async () => {
  const stranger = openBrowser(server)
  for (const file of pages.filter((name) => !openPages.includes(name))) {
    const address = addressOf(file)
    const response = await stranger.fetch(`${address}?q=1`)
    const wanted = `/sign-in?return=${encodeURIComponent(`${address}?q=1`)}`
    expect([file, response.status, response.headers.get('location')]).toEqual([file, 307, wanted])
    for (const headers of crafted) {
      let answer = await stranger.fetch(address, { headers })
      // The router's requests carry a mark in their address; those without it are sent to the one with it.
      const marked = /^(\/.*[?&]_rsc=.*)$/.exec(answer.headers.get('location') ?? '')?.[1]
      if (marked !== undefined) answer = await stranger.fetch(marked, { headers })
      const text = await answer.text()
      // A part of a page tells the router to go elsewhere in its body.
      // What the router fetches ahead is the tree of a page's parts, which is in every browser's scripts anyway.
      const isTree = 'next-router-prefetch' in headers && text.length < 1000
      const isAway = (answer.headers.get('location') ?? text).includes('/sign-in') || answer.status >= 400 || isTree
      expect([file, headers, isAway]).toEqual([file, headers, true])
      expect(answer.headers.get('location') ?? '/sign-in').toMatch(/^\/sign-in/)
      expect(text).not.toContain('viewer@example.org')
    }
  }
})

test('a session opens exactly what its role may', async () => {
  for (const role of operatorRoles) {
    for (const { operationId, method, permission, url } of closed) {
      // A body and a query that no operation takes: whoever may call is told so.
      const body = hasBody(method) ? { body: '[' } : {}
      const code = await codeOf(await browsers[role].fetch(`${url}?nonsense=1`, { method, ...body }))
      const expected = roleMay(role, permission) ? 'request_malformed' : 'permission_denied'
      expect([role, operationId, code]).toEqual([role, operationId, expected])
    }
  }
})

test('a session opens nothing to another origin, to none, or to a form', async () => {
  const { administrator } = browsers
  const foreign: Record<string, string>[] = [
    { origin: 'https://evil.example' },
    { origin: 'null' },
    { origin: 'http://localhost' },
    { origin: server.url, 'sec-fetch-site': 'cross-site' },
    { origin: server.url, 'sec-fetch-site': 'same-site' },
  ]
  for (const { operationId, method, url } of closed) {
    const body = hasBody(method) ? { body: {} } : {}
    const forged = [
      ...foreign,
      ...(method === 'GET' ? [] : [{ 'content-type': 'text/plain' }, { 'content-type': 'multipart/form-data' }]),
    ]
    for (const headers of forged) {
      const code = await codeOf(await administrator.fetch(url, { method, headers, ...body }))
      expect([operationId, headers, code]).toEqual([operationId, headers, 'origin_refused'])
    }
    if (method === 'GET') continue
    const bare = await fetch(`${server.url}${url}`, {
      method,
      headers: { cookie: administrator.jar.header(), 'content-type': 'application/json' },
      ...(hasBody(method) && { body: '{}' }),
    })
    expect([operationId, await codeOf(bare)]).toEqual([operationId, 'origin_refused'])
  }
})

test('the steps of a sign-in and next-auth’s routes are for our own pages', async () => {
  const stranger = openBrowser(server)
  for (const origin of ['https://evil.example', 'null']) {
    for (const step of ['password', 'totp', 'set-up', 'accept-link', 'nonsense']) {
      const answer = await stranger.step(step as 'password', {}, { origin })
      expect([step, origin, answer.body.code]).toEqual([step, origin, 'origin_refused'])
    }
    for (const target of ['/api/auth/callback/ticket', '/api/auth/signout']) {
      const response = await browsers.viewer.fetch(target, { method: 'POST', headers: { origin }, body: {} })
      expect([target, origin, await codeOf(response)]).toEqual([target, origin, 'origin_refused'])
    }
  }
  for (const target of ['providers', 'signin', 'signout', 'error', 'callback/ticket', 'verify-request', 'x']) {
    expect([target, (await stranger.fetch(`/api/auth/${target}`)).status]).toEqual([target, 404])
  }
  for (const target of ['_log', 'signin/ticket', 'session', 'callback/credentials']) {
    const response = await stranger.fetch(`/api/auth/${target}`, { method: 'POST', body: {} })
    expect([target, response.status]).toEqual([target, 404])
  }
  expect((await stranger.step('nonsense' as 'password', {})).body.code).toBe('not_found')
  // Without next-auth's own token the session stays.
  await browsers.viewer.fetch('/api/auth/signout', { method: 'POST', body: { csrfToken: 'x', json: 'true' } })
  expect((await browsers.viewer.api('GET', '/self')).status).toBe(200)
})

test('every answer that a browser may show carries the policy, and each its own nonce', async () => {
  const nonces = new Set<string>()
  for (const target of ['/sign-in', '/docs/errors', '/no-such-page', '/']) {
    const forged = { 'x-nonce': 'forged', 'content-security-policy': "script-src 'nonce-forged'" }
    const response = await browsers.viewer.fetch(target, { headers: forged })
    const policy = response.headers.get('content-security-policy') ?? ''
    const nonce = /script-src 'nonce-([A-Za-z0-9+/=]{24})' 'strict-dynamic'/.exec(policy)?.[1] ?? ''
    nonces.add(nonce)
    expect(policy).toContain("frame-ancestors 'none'")
    expect(policy.replace("style-src-attr 'unsafe-inline'", '')).not.toContain('unsafe')
    expect(response.headers.get('x-content-type-options')).toBe('nosniff')
    expect(response.headers.get('referrer-policy')).toBe('no-referrer')
    expect(response.headers.get('x-powered-by')).toBeNull()
    const text = await response.text()
    expect(text).not.toContain('forged')
    for (const [tag] of text.matchAll(/<(?:script|style)\b[^>]*>/g)) expect(tag).toContain(`nonce="${nonce}"`)
    expect(text).not.toMatch(/<[a-z][^>]*\son[a-z]+=/)
  }
  expect(nonces.size).toBe(4)
})

test('where a call came from is the socket’s word', async () => {
  const forged = { 'x-forwarded-for': '203.0.113.9', 'x-countersign-peer': '203.0.113.9', forwarded: 'for=203.0.113.9' }
  const email = 'viewer@example.org'
  const browser = openBrowser(server)
  const passed = await browser.step('password', { email, password: 'correct horse battery staple' }, forged)
  expect(passed.body.next).toBe('session')
  const csrf = (await (await browser.fetch('/api/auth/csrf')).json()) as { csrfToken: string }
  const body = { csrfToken: csrf.csrfToken, ticket: passed.body.ticket, json: 'true' }
  await browser.fetch('/api/auth/callback/ticket', { method: 'POST', headers: forged, body })
  const self = await browser.api('GET', '/self')
  expect(self.body.session.address).toBe('127.0.0.1')
})
