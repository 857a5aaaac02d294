import { randomBytes } from 'node:crypto'
import pino from 'pino'
import { afterAll, beforeAll, describe } from 'vitest'
import { openDependencies, type OpenedDependencies } from '@/lib/server/open-dependencies'
import { readSettings } from '@/lib/server/settings'
import { createTestPlace, type DatabaseKind, type TestPlace } from '../../setup/open-test-dependencies'

/**
 * Like `forEachDatabase`, with one database for all tests of the block, because opening one takes longer than most of
 * them: each test looks at rows of its own only.
 */
export function forEachSharedDatabase(
  name: string,
  define: (open: () => Promise<OpenedDependencies>, kind: DatabaseKind) => void,
): void {
  describe.each<DatabaseKind>(['postgresql', 'embedded'])(`${name} on %s`, (kind) => {
    let place: TestPlace
    let opened: OpenedDependencies
    beforeAll(async () => {
      place = await createTestPlace(kind)
      const read = readSettings(place.environment)
      if (read.outcome === 'refused') throw new Error(read.errors.join('\n'))
      const log = pino({ level: 'silent' })
      opened = await openDependencies(read.settings, { log, localAdministratorTokenHash: randomBytes(32) })
    })
    afterAll(async () => {
      await opened.close()
      await place.remove()
    })
    define(() => Promise.resolve(opened), kind)
  })
}
