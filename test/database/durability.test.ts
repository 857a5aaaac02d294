import { expect, test } from 'vitest'
import { checkDatabaseSettings } from '@/lib/server/database/check-database-settings'
import { forEachDatabase } from '../setup/open-test-dependencies'
import { recordRows } from './support/record-rows'
import { decisionRow, seedMachine, seedService } from './support/seed-rows'

forEachDatabase('durability', (open, kind) => {
  test('the database flushes what it commits, and says so when it does not', async () => {
    const { database } = await open()
    await expect(checkDatabaseSettings(database.pool)).resolves.toBeUndefined()
    const client = await database.pool.connect()
    await client.query(`SET default_transaction_isolation = 'serializable'`)
    await expect(checkDatabaseSettings({ query: client.query.bind(client) } as never)).rejects.toThrow(/read committed/)
    await client.query('RESET default_transaction_isolation')
    client.release()
  })

  // A PostgreSQL server's flushes are its own; the embedded one has only those that we gave it.
  if (kind === 'postgresql') return

  test('a commit and a checkpoint reach the disk', async () => {
    const flushCounter = new SharedArrayBuffer(4)
    const { database } = await open({ flushCounter })
    const flushes = () => Atomics.load(new Int32Array(flushCounter), 0)
    const [machine, service] = [await seedMachine(database.pool), await seedService(database.pool)]
    for (let i = 0; i < 3; i++) {
      const before = flushes()
      const client = await database.pool.connect()
      expect((await recordRows(client, [decisionRow(machine, service)])).size).toBe(1)
      client.release()
      expect(flushes()).toBeGreaterThan(before)
    }
    const before = flushes()
    await database.pool.query('CHECKPOINT')
    // The log, and the data files that it vouched for.
    expect(flushes()).toBeGreaterThan(before + 1)

    const idle = flushes()
    await database.pool.query('SELECT count(*) FROM decision')
    expect(flushes()).toBe(idle)
  })
})
