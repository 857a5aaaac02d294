import { expect, test } from 'vitest'
import { forEachDatabase } from '../setup/open-test-dependencies'

forEachDatabase('the connection', (open) => {
  test('a statement that the database refuses costs nobody else their connection', async () => {
    const { database } = await open()
    for (const sql of ['SELECT 1 / 0', `SELECT 'x'::uuid`, 'SELECT * FROM nowhere', 'SELECT (']) {
      await expect(database.pool.query(sql)).rejects.toMatchObject({ code: expect.any(String) as string })
      await expect(database.pool.query('SELECT 1 AS one')).resolves.toMatchObject({ rows: [{ one: 1 }] })
      await expect(database.prisma.$queryRawUnsafe(sql)).rejects.toThrow()
      await expect(database.prisma.service.count()).resolves.toBe(0)
    }
  })
})
