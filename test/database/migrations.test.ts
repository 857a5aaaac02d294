import { cp, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterEach, expect, test } from 'vitest'
import { runMigrations } from '@/lib/server/database/run-migrations'
import { projectRoot } from '@/lib/server/project-root'
import { forEachDatabase } from '../setup/open-test-dependencies'

const released = path.join(projectRoot(), 'prisma/migrations')
const folders: string[] = []
afterEach(async () => {
  for (const folder of folders.splice(0)) await rm(folder, { recursive: true, force: true })
})

/** The released migrations and one more. */
async function withOneMore(name: string, sql: string): Promise<string> {
  const folder = await mkdtemp(path.join(tmpdir(), 'countersign-migrations-'))
  folders.push(folder)
  await cp(released, folder, { recursive: true })
  await mkdir(path.join(folder, name))
  await writeFile(path.join(folder, name, 'migration.sql'), sql)
  return folder
}

forEachDatabase('migrations', (open) => {
  test('are applied once, in order, and recorded where Prisma looks', async () => {
    const { database } = await open()
    expect(await runMigrations(database.pool, released)).toEqual([])
    const folder = await withOneMore('29990101000000_more', 'CREATE TABLE "more" ("id" integer)')
    expect(await runMigrations(database.pool, folder)).toEqual(['29990101000000_more'])
    expect(await runMigrations(database.pool, folder)).toEqual([])
    const { rows } = await database.pool.query<{ done: boolean; applied_steps_count: number; length: number }>(
      `SELECT finished_at IS NOT NULL AS done, applied_steps_count, length(checksum) AS length FROM _prisma_migrations`,
    )
    for (const row of rows) expect(row).toEqual({ done: true, applied_steps_count: 1, length: 64 })
  })

  test('several processes that start at once apply each of them once', async () => {
    const { database } = await open()
    const folder = await withOneMore('29990101000000_more', 'CREATE TABLE "more" ("id" integer)')
    const applied = await Promise.all(Array.from({ length: 4 }, () => runMigrations(database.pool, folder)))
    expect(applied.flat()).toEqual(['29990101000000_more'])
  })

  test('one that fails leaves nothing of itself', async () => {
    const { database } = await open()
    const folder = await withOneMore('29990101000000_bad', 'CREATE TABLE "half" ("id" integer); SELECT 1 / 0;')
    await expect(runMigrations(database.pool, folder)).rejects.toMatchObject({ code: '22012' })
    expect((await database.pool.query(`SELECT to_regclass('half') AS oid`)).rows).toEqual([{ oid: null }])
    expect(await runMigrations(database.pool, released)).toEqual([])
  })

  test('a database of a newer version is refused, and one whose past was rewritten', async () => {
    const { database } = await open()
    const folder = await withOneMore('29990101000000_newer', 'SELECT 1')
    await runMigrations(database.pool, folder)
    await expect(runMigrations(database.pool, released)).rejects.toThrow(/newer version of Countersign/)
    await writeFile(path.join(folder, '29990101000000_newer', 'migration.sql'), 'SELECT 2')
    await expect(runMigrations(database.pool, folder)).rejects.toThrow(
      /is not the one that this database was made with/,
    )
  })
})
