import { beforeAll, expect, inject, test } from 'vitest'
import { findPrimary } from '@/lib/server/database/find-primary'
import { PrimaryServers } from '@/lib/server/database/primary-servers'
import { readSettings } from '@/lib/server/settings'
import { freePort } from '../setup/free-port'

let url: string
let nobody: string
beforeAll(async () => {
  url = inject('postgresUrl')
  const away = new URL(url)
  away.port = String(await freePort())
  away.password = 'hunter2'
  nobody = away.href
})

test('the primary is found behind servers that are away, and one server under two names is one', async () => {
  const otherName = new URL(url)
  otherName.searchParams.set('application_name', 'another')
  const found = await findPrimary([nobody, url, otherName.href])
  expect(found).toMatchObject({ url, identity: { timeline: 1 } })
})

test('without a primary the error names each server, and no password', async () => {
  const error = await findPrimary([nobody]).catch((caught: unknown) => caught)
  expect(String(error)).toContain(new URL(nobody).host)
  expect(String(error)).not.toContain('hunter2')
})

test('a primary of an earlier timeline than the one in use is refused', async () => {
  const servers = await PrimaryServers.open([url], () => undefined)
  servers.accept({ systemIdentifier: '1', timeline: 3 })
  expect(() => servers.accept({ systemIdentifier: '1', timeline: 2 })).toThrow(/replaced/)
  servers.accept({ systemIdentifier: '1', timeline: 4 })
  // Another cluster counts for itself: the deployment's own memory says what a restore means.
  servers.accept({ systemIdentifier: '2', timeline: 1 })
})

test('the list of servers is one setting, and its errors are named without a value', () => {
  const read = (environment: Record<string, string>) =>
    readSettings({ COUNTERSIGN_MASTER_KEY_FILE: '/k', ...environment })
  const list = read({ COUNTERSIGN_DATABASE_URLS: 'postgresql://a/x, postgres://b:5433/x' })
  expect(list).toMatchObject({
    outcome: 'read',
    settings: { databaseUrl: 'postgresql://a/x', databaseUrls: ['postgresql://a/x', 'postgres://b:5433/x'] },
  })
  const wrong = [
    { COUNTERSIGN_DATABASE_URLS: 'postgresql://a/x', DATABASE_URL: 'postgresql://a/x' },
    { COUNTERSIGN_DATABASE_URLS: 'postgresql://a/hunter2,mysql://b' },
    { COUNTERSIGN_DATABASE_URLS: 'postgresql://a/hunter2,postgresql://a/hunter2' },
    { COUNTERSIGN_DATABASE_URLS: ',' },
  ]
  for (const environment of wrong) {
    const refused = read(environment)
    expect(refused.outcome).toBe('refused')
    const words = refused.outcome === 'refused' ? refused.errors.join() : ''
    expect(words).toContain('COUNTERSIGN_DATABASE_URLS')
    expect(words).not.toContain('hunter2')
  }
})
