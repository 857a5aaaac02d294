import { createHash, randomBytes } from 'node:crypto'
import { existsSync } from 'node:fs'
import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { gunzipSync, gzipSync } from 'node:zlib'
import { Client } from 'pg'
import pino from 'pino'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { restoreBackup, type RestoredBackup } from '@/lib/server/backup/restore-backup'
import { readCopy } from '@/lib/server/database/copy/read-copy'
import { openDatabase } from '@/lib/server/database/open-database'
import { systemActor } from '@/lib/server/keys/system-actor'
import { readSettings } from '@/lib/server/settings'
import { createTestPlace, type TestPlace } from '../setup/open-test-dependencies'
import { makeRequest, prepareService, type PreparedService, type SentRequest } from '../setup/prepare-service'
import { runAdmin, type AdminRun } from '../setup/run-admin'
import { startServer, tryStartServer, type RunningServer } from '../setup/start-server'
import type { TestMachine } from '../setup/test-machine'

/** One deployment's life: an embedded server, its backup while it runs, a move, and the backup restored elsewhere. */
let folder: string
let embedded: TestPlace
let moved: TestPlace
let restored: TestPlace
let server: RunningServer
let service: PreparedService
let machine: TestMachine
let withdrawn: TestMachine
let backup: string

beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'countersign-backup-'))
  backup = path.join(folder, 'a.backup')
  ;[embedded, moved, restored] = await Promise.all([
    createTestPlace('embedded'),
    createTestPlace('postgresql'),
    createTestPlace('postgresql'),
  ])
  server = await startServer(embedded, { environment: patient })
  service = await prepareService(server)
  machine = await service.enroll('stays')
  withdrawn = await service.enroll('leaves')
})
afterAll(async () => {
  await server.stop()
  await Promise.all([embedded, moved, restored].map((place) => place.remove()))
  await rm(folder, { recursive: true, force: true })
})

/** What is asked here is which way it is decided, also on a machine that does ten things at once. */
const patient = { COUNTERSIGN_DECISION_DEADLINE_MS: '5000' }

/** Another database of the same deployment: the same master key. */
function environmentOf(place: TestPlace): Record<string, string> {
  const { COUNTERSIGN_MASTER_KEY_FILE = '' } = embedded.environment
  return { ...place.environment, COUNTERSIGN_MASTER_KEY_FILE }
}

function admin(place: TestPlace, ...args: string[]): Promise<AdminRun> {
  return runAdmin(args, { environment: environmentOf(place) })
}

/** What the command does, in this process. */
function restoreHere(
  environment: Record<string, string>,
  file: string,
  options: { keepAccess?: boolean; force?: boolean } = {},
): Promise<RestoredBackup> {
  const read = readSettings(environment)
  if (read.outcome === 'refused') throw new Error(read.errors.join('\n'))
  const common = { actor: systemActor, log: pino({ level: 'silent' }), now: () => new Date() }
  return restoreBackup(read.settings, file, {
    ...common,
    keepAccess: false,
    force: false,
    newTrustDomain: null,
    ...options,
  })
}

/** Beside a node that only verifies, from a data directory of its own. */
function adminBeside(place: TestPlace, ...args: string[]): Promise<AdminRun> {
  return runAdmin(args, { environment: { ...environmentOf(place), COUNTERSIGN_DATA_DIR: path.join(folder, 'beside') } })
}

const request = (by: TestMachine, created?: number): SentRequest =>
  makeRequest(by, { authority: service.authority, target: '/v1/orders', ...(created && { created }) })
const ask = (sent: SentRequest) => service.ask(server, sent)
const seconds = () => Math.floor(Date.now() / 1000)

/** Starts a node on the same port, as machines know it. */
async function serveFrom(place: TestPlace): Promise<void> {
  const environment = { ...environmentOf(place), ...patient, COUNTERSIGN_ROLE: 'verification' }
  server = await startServer({ ...place, environment }, { port: server.port })
}

/** Every row of every table, in an order of its own; by table. */
async function rowsOf(place: TestPlace): Promise<Map<string, string[]>> {
  const { DATABASE_URL: databaseUrl } = place.environment
  const databaseUrls = databaseUrl === undefined ? [] : [databaseUrl]
  const database = await openDatabase(
    { databaseUrls, dataDirectory: place.dataDirectory },
    { onPoolError: () => undefined, onMove: () => undefined },
  )
  const tables = new Map<string, string[]>()
  let lines: string[] = []
  for await (const record of readCopy(database)) {
    if (record.kind === 'table') tables.set(record.table, (lines = []))
    // As values: two databases may print an instant in two zones.
    if (record.kind === 'rows') lines.push(...record.lines.map((line) => toUtc(line)))
  }
  await database.close()
  for (const rows of tables.values()) rows.sort()
  return tables
}

function toUtc(line: string): string {
  return line.replace(/"(\d{4}-\d\d-\d\dT[\d:.]+[+-]\d\d:\d\d)"/g, (_, instant: string) => {
    const [, whole = '', fraction = '', zone = ''] = /^(.{19})(\.\d+)?(.*)$/.exec(instant) ?? []
    return `"${new Date(`${whole}${zone}`).toISOString().slice(0, 19)}${fraction}"`
  })
}

describe('a deployment that is backed up, moved and restored', () => {
  const spentBefore: { sent?: SentRequest } = {}
  const unspent: { sent?: SentRequest } = {}

  test('a backup is taken while the server decides, and nobody is denied by it', async () => {
    // Ahead of its time by what clocks may differ, so that its window outlasts the move on a slow machine.
    spentBefore.sent = request(machine, seconds() + 25)
    expect((await ask(spentBefore.sent)).status).toBe(200)
    const codes: string[] = []
    let isDone = false
    const asking = (async () => {
      while (!isDone) codes.push((await ask(request(machine))).code)
    })()
    const made = await admin(embedded, 'backup', backup, '--json')
    isDone = true
    await asking
    expect(made).toMatchObject({ code: 0, err: '' })
    expect(codes.length).toBeGreaterThan(5)
    expect(new Set(codes)).toEqual(new Set(['allowed']))
    const { rows, bytes } = JSON.parse(made.out) as { rows: number; bytes: number }
    const file = await stat(backup)
    expect([file.mode & 0o777, file.size]).toEqual([0o600, bytes])
    const text = gunzipSync(await readFile(backup)).toString()
    expect(text.split('\n').filter((line) => line.startsWith('{'))).toHaveLength(rows)
    expect(text).toContain('deployment.backup')
    // No master key, no gateway key, no administrator's token.
    const key = (await readFile(embedded.environment.COUNTERSIGN_MASTER_KEY_FILE!, 'utf8')).trim()
    const token = (await readFile(path.join(embedded.dataDirectory, 'admin-token'), 'utf8')).trim()
    for (const secret of [key, token, service.gatewayKey]) expect(text).not.toContain(secret)
    expect(existsSync(`${backup}.partial`)).toBe(false)

    const again = await admin(embedded, 'backup', backup)
    expect([again.code, again.err]).toEqual([2, expect.stringContaining('never written over')])
  })

  test('only the local administrator takes one over HTTP', async () => {
    const made = await server.api<{ token: string }>('POST', '/api-tokens', { name: 'ci', role: 'administrator' })
    const take = (method: string, headers: Record<string, string>) =>
      fetch(`${server.url}/api/v1/backup`, { method, headers })
    const answers = [
      await take('POST', {}),
      await take('POST', { authorization: `Bearer ${made.body.token}` }),
      await take('GET', {}),
    ]
    expect(answers.map(({ status }) => status)).toEqual([401, 403, 405])
    for (const answer of answers) expect(await answer.json()).toHaveProperty('requestId')
  })

  test('a move carries every row, credentials stay spent or unspent, and the old place serves no more', async () => {
    const revoked = await server.api('POST', `/machines/${withdrawn.id}/revoke`, { reason: 'after the backup' })
    expect(revoked.status).toBe(200)
    const spent = request(machine, seconds() + 25)
    expect((await ask(spent)).status).toBe(200)
    // A denial on record, which the tables of counts have counted once.
    expect((await ask(spent)).code).toBe('credential_replayed')
    unspent.sent = request(machine, seconds() + 25)
    const busy = await admin(embedded, 'move', '--to', moved.environment.DATABASE_URL!)
    expect([busy.code, busy.err]).toEqual([3, expect.stringContaining('Stop it first')])
    await server.stop()

    const shown = await admin(embedded, 'move', '--to', 'postgresql://someone:secret@127.0.0.1/x')
    expect([shown.code, shown.err]).toEqual([2, expect.stringMatching(/read arguments/)])
    const before = await rowsOf(embedded)
    const done = await runAdmin(['move', '--to', '-', '--json'], {
      environment: embedded.environment,
      input: `${moved.environment.DATABASE_URL}\n`,
    })
    expect(done).toMatchObject({ code: 0, err: '' })
    const after = await rowsOf(moved)
    expect([...after.keys()].sort()).toEqual([...before.keys()].sort())
    expect(before.get('decision')!.length).toBeGreaterThan(5)
    for (const [table, rows] of before) {
      if (table === 'deployment') continue
      const extra = table === 'audit_event' ? [expect.stringContaining('deployment.move')] : []
      const found = after.get(table)!.filter((row) => !row.includes('deployment.move'))
      expect(found, table).toEqual(rows)
      expect(after.get(table)!.length, table).toBe(rows.length + extra.length)
    }

    const old = await tryStartServer(embedded)
    expect(old).toMatchObject({ outcome: 'ended', code: 1 })
    if (old.outcome === 'ended') expect(old.output).toMatch(/moved, or began to be moved, to a PostgreSQL server/)
    const twice = await admin(embedded, 'move', '--to', restored.environment.DATABASE_URL!)
    expect([twice.code, twice.err]).toEqual([1, expect.stringMatching(/moved, or began to be moved/)])

    await serveFrom(moved)
    expect((await ask(spent)).code).toBe('credential_replayed')
    expect((await ask(spentBefore.sent!)).code).toMatch(/^credential_(?:replayed|expired)$/)
    expect((await ask(unspent.sent)).code).toBe('allowed')
    expect((await ask(unspent.sent)).code).toBe('credential_replayed')
    expect((await ask(request(machine))).code).toBe('allowed')
    expect((await ask(request(withdrawn))).code).toBe('machine_revoked')
    expect((await machine.copy().renew()).status).toBe(200)
    await server.stop()
  })

  test('a restore elsewhere brings back neither a spent credential nor what was revoked after the backup', async () => {
    const done = await admin(restored, 'restore', backup, '--json')
    expect(done).toMatchObject({ code: 0, err: '' })
    expect(JSON.parse(done.out)).toMatchObject({ machinesSuspended: 2, joinTokensRevoked: 0, aside: null })
    await serveFrom(restored)
    // Unspent by the records of this database, and refused all the same.
    expect((await ask(unspent.sent!)).code).not.toBe('allowed')
    const fresh = () => request(machine, seconds() + 28)
    for (const by of [machine, withdrawn])
      expect((await ask(request(by, seconds() + 28))).code).toBe('machine_suspended')
    const known = await adminBeside(restored, 'machine', 'reinstate', machine.id)
    expect([known.code, known.err]).toEqual([0, ''])
    // From before the restore: refused by the database's own rule, reinstated or not.
    for (const sent of [unspent.sent!, spentBefore.sent!]) expect((await ask(sent)).code).toMatch(/^credential_/)
    expect((await ask(request(machine))).code).toBe('credential_expired')
    await expect.poll(async () => (await ask(fresh())).code, { timeout: 20_000 }).toBe('allowed')
    expect((await ask(request(withdrawn, seconds() + 28))).code).toBe('machine_suspended')
    const events = await adminBeside(restored, 'audit', 'list', '--json', '--limit', '20')
    for (const action of ['deployment.restore', 'deployment.restore_detected', 'machine.reinstate']) {
      expect(events.out).toContain(`"${action}"`)
    }
  })

  test('a backup of a server goes back into an embedded place with --keep-access, the same row for row', async () => {
    const second = path.join(folder, 'b.backup')
    // While the node runs.
    expect(await admin(restored, 'backup', second)).toMatchObject({ code: 0, err: '' })
    const sameServer = await createTestPlace('postgresql')
    const place = await createTestPlace('embedded')
    try {
      // On the very server that it was made on, whose identity the backup holds: noticed all the same.
      await restoreHere(environmentOf(sameServer), second, { keepAccess: true })
      const client = new Client({ connectionString: sameServer.environment.DATABASE_URL })
      await client.connect()
      const { rows } = await client.query(`SELECT credentials_from > now() AS "areRefused" FROM deployment`)
      await client.end()
      expect(rows).toEqual([{ areRefused: true }])

      await expect(restoreHere(environmentOf(place), second)).rejects.toThrow(/holds a database already/)
      const { aside, machinesSuspended } = await restoreHere(environmentOf(place), second, {
        keepAccess: true,
        force: true,
      })
      expect([existsSync(aside!), machinesSuspended]).toEqual([true, 0])
      const [here, there] = [await rowsOf(place), await rowsOf(restored)]
      for (const [table, rows] of there) {
        // The node that runs goes on counting meanwhile.
        if (/^(?:deployment|count_state|\w+_minute)$/.test(table)) continue
        const found = here.get(table)!.filter((row) => !/"deployment\.restore(_detected)?"/.test(row))
        expect(found, table).toEqual(rows.filter((row) => !/"deployment\.restore(_detected)?"/.test(row)))
      }
    } finally {
      await place.remove()
      await sameServer.remove()
    }
  })

  test('what is no whole backup, of another key, or of a newer version, is refused before anything is touched', async () => {
    const whole = await readFile(backup)
    const text = gunzipSync(whole)
    const file = path.join(folder, 'bad.backup')
    const newer = text
      .toString()
      .replace(/"migrations":\[/, '"migrations":[{"name":"29990101000000_later","checksum":"00"},')
    const [body = ''] = newer.split('#{"end":', 1)
    const end = /#\{"end":\{"rows":(\d+)/.exec(newer)?.[1]
    const sha256 = createHash('sha256').update(body).digest('hex')
    const other = path.join(folder, 'other.key')
    await writeFile(other, `${randomBytes(32).toString('base64url')}\n`, { mode: 0o600 })
    const wrongKey = { ...environmentOf(restored), COUNTERSIGN_MASTER_KEY_FILE: other }
    const cases: [Buffer, Record<string, string>, RegExp][] = [
      [whole.subarray(0, whole.length >> 1), environmentOf(restored), /is not whole/],
      [gzipSync(text.toString().replace('"stays"', '"stayz"')), environmentOf(restored), /is not whole/],
      [Buffer.from('hello'), environmentOf(restored), /is not a backup of Countersign/],
      [
        gzipSync(`${body}#{"end":{"rows":${end},"sha256":"${sha256}"}}\n`),
        environmentOf(restored),
        /newer version of Countersign/,
      ],
      [whole, wrongKey, /is not the master key of this database/],
      [whole, environmentOf(restored), /Stop every node first|not empty/],
    ]
    const before = await rowsOf(restored)
    for (const [content, environment, words] of cases) {
      await writeFile(file, content)
      await expect(restoreHere(environment, file)).rejects.toThrow(words)
    }
    expect(await rowsOf(restored)).toEqual(before)
  })
})
