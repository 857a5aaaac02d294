import { createHash } from 'node:crypto'
import { expect, test } from 'vitest'
import { readCopy } from '@/lib/server/database/copy/read-copy'
import { seedMachine } from '../database/support/seed-rows'
import { createTestPlace } from '../setup/open-test-dependencies'
import { openDependencies } from '@/lib/server/open-dependencies'
import { readSettings } from '@/lib/server/settings'
import pino from 'pino'

test('a copy of more rows than a page has each of them once, and none that came after it began', async () => {
  const place = await createTestPlace('postgresql')
  const read = readSettings(place.environment)
  if (read.outcome === 'refused') throw new Error(read.errors.join('\n'))
  const hash = createHash('sha256').digest()
  const opened = await openDependencies(read.settings, {
    log: pino({ level: 'silent' }),
    localAdministratorTokenHash: hash,
  })
  try {
    const { database } = opened
    const { pool } = database
    const machines = [await seedMachine(pool), await seedMachine(pool)]
    const insert = (from: number, to: number) =>
      Promise.all(
        machines.map(({ id }) =>
          pool.query(
            `INSERT INTO denial (day, id, at, outcome, code, last_at, machine_id)
             SELECT (now() AT TIME ZONE 'UTC')::date, gen_random_uuid(), now(), 'denied', 'credential_replayed', now(), $1
               FROM generate_series($2::int, $3::int)`,
            [id, from, to],
          ),
        ),
      )
    await insert(1, 1_500)
    // Numbers whose order as text is another one than as numbers.
    await pool.query(
      `INSERT INTO decision (generation_day, machine_id, generation, use_key, id, at, service_id, created, base_hash, algorithm,
                             method, authority, path, query_names, content)
       SELECT (now() AT TIME ZONE 'UTC')::date, $1, 1, 's' || n, gen_random_uuid(), now(), gen_random_uuid(), 1, '\\x00',
              'hmac-sha256', 'GET', 'a.example', '/', '{}', 'none' FROM generate_series(1, 2500) AS n`,
      [machines[0]!.id],
    )
    let table = ''
    const ids: Record<string, string[]> = { decision: [], denial: [] }
    for await (const record of readCopy(database)) {
      if (record.kind === 'header') await insert(1, 10)
      if (record.kind === 'table') table = record.table
      if (record.kind === 'rows')
        for (const line of record.lines) ids[table]?.push((JSON.parse(line) as { id: string }).id)
    }
    for (const [name, rows] of [
      ['denial', 3_000],
      ['decision', 2_500],
    ] as const)
      expect([name, ids[name]!.length, new Set(ids[name]).size]).toEqual([name, rows, rows])
  } finally {
    await opened.close()
    await place.remove()
  }
})
