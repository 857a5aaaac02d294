import { createWriteStream, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import pino from 'pino'
import { test } from 'vitest'
import { writeBackup } from '@/lib/server/backup/write-backup'
import { restoreBackup } from '@/lib/server/backup/restore-backup'
import { systemActor } from '@/lib/server/keys/system-actor'
import { readSettings } from '@/lib/server/settings'
import { createTestPlace, forEachDatabase } from '../setup/open-test-dependencies'
import { seedMachine } from '../database/support/seed-rows'

forEachDatabase('measure', (open, kind) => {
  test('x', async () => {
    const { database, place } = await open()
    const machine = await seedMachine(database.pool)
    const n = kind === 'embedded' ? 100000 : 500000
    await database.pool.query(
      `INSERT INTO decision (generation_day, machine_id, generation, use_key, id, at, service_id, gateway_id, created, base_hash, algorithm, method, authority, path, query_names, query_hash, content, source_address)
       SELECT (now() at time zone 'utc')::date, $1, 1, 's' || n, gen_random_uuid(), now() - (n || ' ms')::interval, gen_random_uuid(), gen_random_uuid(), 1795000000, sha256(n::text::bytea), 'hmac-sha256', 'GET', 'orders.example', '/v1/orders/' || n, ARRAY['page','limit'], sha256(n::text::bytea), 'none', '192.0.2.7' FROM generate_series(1, $2::int) n`,
      [machine.id, n],
    )
    const { rows } = await database.pool.query(`SELECT sum(pg_total_relation_size(inhrelid)) AS size FROM pg_inherits WHERE inhparent = 'decision'::regclass`)
    const file = path.join(tmpdir(), `measure-${kind}.backup`)
    let peak = 0
    const timer = setInterval(() => (peak = Math.max(peak, process.memoryUsage().rss)), 20)
    const start = process.memoryUsage().rss
    let t = performance.now()
    await writeBackup(database, createWriteStream(file), { actor: systemActor, now: () => new Date() })
    const backupMs = performance.now() - t
    const other = await createTestPlace('postgresql')
    const read = readSettings({ ...other.environment, COUNTERSIGN_MASTER_KEY_FILE: place.environment.COUNTERSIGN_MASTER_KEY_FILE })
    if (read.outcome === 'refused') throw new Error()
    t = performance.now()
    await restoreBackup(read.settings, file, { actor: systemActor, log: pino({ level: 'silent' }), now: () => new Date(), force: false, keepAccess: true })
    clearInterval(timer)
    console.log(kind, n, 'bytes/row table', Number(rows[0].size) / n, 'backup ms', backupMs, 'file bytes/row', statSync(file).size / n, 'restore ms', performance.now() - t, 'rss start', start >> 20, 'peak', peak >> 20)
    await other.remove()
  }, 300000)
})
