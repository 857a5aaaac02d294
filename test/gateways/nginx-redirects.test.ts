import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { openGatewayWorld, host, type GatewayWorld } from './gateway-world'
import type { GatewayProcess } from './gateway-process'
import { formatRequest, sendRaw } from './raw-http'
import { startNginx } from './start-nginx'

/** nginx checks a location again at each internal redirect; a second check of one credential would be a replay. */
let world: GatewayWorld
let nginx: GatewayProcess
const files = {
  'web/index.html': 'the public start page',
  'web/style.css': 'the public style',
  'reports/index.html': 'the start page of the reports',
  'reports/may.csv': 'the report of May',
  '.not-found.html': 'our page for what is not found',
}
beforeAll(async () => {
  world = await openGatewayWorld({ kinds: [] })
  nginx = await startNginx(world.place('nginx'), files)
})
beforeEach(() => world.backend.forget())
afterAll(async () => {
  await nginx?.stop()
  await world?.close()
})

const send = (target: string, request = {}) => sendRaw(nginx.port, world.sign({ target, ...request }))
const sendUnsigned = (target: string) => sendRaw(nginx.port, formatRequest({ target, host }))

/** Every decision about these paths, newest first, once what is recorded later is there: the probe comes after all of them. */
async function decisionsAbout(...paths: readonly string[]): Promise<(string | null)[]> {
  const probe = `/v1/probe-${Math.random().toString(36).slice(2)}`
  const bytes = world.sign({ target: probe })
  await sendRaw(nginx.port, bytes)
  await sendRaw(nginx.port, bytes)
  await expect
    .poll(async () => (await world.decisions()).filter((one) => one.path === probe).map((one) => one.outcome))
    .toEqual(['denied', 'allowed'])
  return (await world.decisions()).filter((one) => paths.includes(one.path ?? '')).map((one) => one.code ?? one.outcome)
}

test('index: a public start page needs no decision', async () => {
  const answer = await sendUnsigned('/web/')
  expect([answer.status, answer.body]).toEqual([200, 'the public start page'])
  expect((await sendUnsigned('/web/style.css')).body).toBe('the public style')
  expect(await decisionsAbout('/web/', '/web/index.html', '/web/style.css')).toEqual([])
})

test('try_files: what is no public file is decided once, and arrives as it was signed', async () => {
  const target = '/web/orders%20of%20may;v=1?a=%2F'
  const path = '/web/orders%20of%20may;v=1'
  expect((await send(target)).status).toBe(200)
  expect(world.backend.served).toMatchObject([{ target }])
  expect(await decisionsAbout(path)).toEqual(['allowed'])
  const missing = await sendUnsigned(target)
  expect([missing.status, missing.code]).toEqual([401, 'credential_missing'])
})

test('try_files: a guarded file, and the start page of a guarded folder, are decided once', async () => {
  for (const [target, content] of [
    ['/reports/may.csv', 'the report of May'],
    ['/reports/', 'the start page of the reports'],
  ] as const) {
    const answer = await send(target)
    expect([answer.status, answer.body]).toEqual([200, content])
  }
  expect((await send('/reports/june.csv')).status).toBe(404)
  const paths = ['/reports/may.csv', '/reports/', '/reports/index.html', '/reports//index.html', '/reports/june.csv']
  expect(await decisionsAbout(...paths)).toEqual(['allowed', 'allowed', 'allowed'])
})

test.each(['/reports/may.csv', '/reports/', '/reports/june.csv', '/web/../reports/may.csv', '/reports/./may.csv'])(
  'a guarded file is not given without a credential: %s',
  async (target) => {
    const answer = await sendUnsigned(target)
    expect([answer.status, answer.code]).toEqual([401, 'credential_missing'])
    expect(answer.text).not.toContain('May')
  },
)

test('a guarded file is given once for a credential, and the client sees why not again', async () => {
  const bytes = world.sign({ target: '/reports/may.csv' })
  expect((await sendRaw(nginx.port, bytes)).status).toBe(200)
  const replay = await sendRaw(nginx.port, bytes)
  expect([replay.status, replay.code]).toEqual([401, 'credential_replayed'])
})

test('error_page: a page of ours for what the backend does not find is not decided again', async () => {
  const answer = await send('/pages/missing')
  expect([answer.status, answer.body]).toEqual([404, 'our page for what is not found'])
  expect(world.backend.served).toMatchObject([{ target: '/pages/missing' }])
  expect(await decisionsAbout('/pages/missing', '/.not-found.html')).toEqual(['allowed'])
})

test('error_page: a denial is decided once and keeps its words', async () => {
  const bytes = world.sign({ target: '/pages/once' })
  expect((await sendRaw(nginx.port, bytes)).status).toBe(200)
  const replay = await sendRaw(nginx.port, bytes)
  expect([replay.status, replay.code]).toEqual([401, 'credential_replayed'])
  expect(await decisionsAbout('/pages/once')).toEqual(['credential_replayed', 'allowed'])
})

test('the location of the check cannot be called from outside', async () => {
  for (const target of ['/.countersign-check', '/%2ecountersign-check', '/x/../.countersign-check']) {
    expect((await sendUnsigned(target)).status).toBe(404)
  }
  expect(world.backend.arrived).toEqual([])
})

test('the rule that the guide gives: a redirect from a checked location into a checked one is a replay', async () => {
  const edit = [['try_files $uri $uri/index.html =404;', 'index index.html;']] as const
  const unruly = await startNginx({ ...world.place('nginx'), edit }, files)
  try {
    const answer = await sendRaw(unruly.port, world.sign({ target: '/reports/' }))
    expect([answer.status, answer.code]).toEqual([401, 'credential_replayed'])
  } finally {
    await unruly.stop()
  }
})
