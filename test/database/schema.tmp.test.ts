import { readFile } from 'node:fs/promises'
import path from 'node:path'
import { expect, test } from 'vitest'
import { projectRoot } from '@/lib/server/project-root'
import { forEachDatabase } from '../setup/open-test-dependencies'
import { readPrismaModels } from './support/prisma-models'
import { readTables } from './support/read-tables'

forEachDatabase('prisma/schema.prisma', (open) => {
  test('describes the same tables, columns, types and indexes as the migrations make', async () => {
    const { database } = await open()
    const text = await readFile(path.join(projectRoot(), 'prisma/schema.prisma'), 'utf8')
    const described = readPrismaModels(text)
    const made = await readTables(database.pool)
    expect(Object.keys(described).sort()).toEqual(Object.keys(made).sort())
    for (const [table, { columns, indexes }] of Object.entries(described)) {
      expect({ table, columns, indexes }).toEqual({ table, ...made[table] })
    }
  })
})
