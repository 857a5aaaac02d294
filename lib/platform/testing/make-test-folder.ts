import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll } from 'vitest'

const made: string[] = []
afterAll(() => {
  for (const folder of made.splice(0)) rmSync(folder, { recursive: true, force: true })
})

/** A new folder, mode 0700, that is removed when the tests of the file are over. Its path is short, so that sockets can stand in it. */
export function makeTestFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'cs-test-'))
  made.push(folder)
  return folder
}
