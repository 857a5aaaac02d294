import { chmodSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { ensurePrivateDirectory } from './ensure-private-directory'
import { readPrivateFile } from './read-private-file'
import { writePrivateFile } from './write-private-file'

let around: string
beforeAll(() => (around = mkdtempSync(join(tmpdir(), 'private-test-'))))
afterAll(() => rmSync(around, { recursive: true, force: true }))

const modeOf = (path: string): number => statSync(path).mode & 0o777

describe('ensurePrivateDirectory', () => {
  test('makes a missing directory with its parents for the owner alone', async () => {
    const path = join(around, 'a/b/c')
    await ensurePrivateDirectory(path)
    expect([modeOf(path), modeOf(join(around, 'a'))]).toEqual([0o700, 0o700])
    await ensurePrivateDirectory(path)
  })

  test.each([0o755, 0o710, 0o701, 0o770])('refuses mode %o and leaves it as it is', async (mode) => {
    const path = mkdtempSync(join(around, "it's "))
    chmodSync(path, mode)
    await expect(ensurePrivateDirectory(path)).rejects.toThrow(/chmod 700 '.*it'\\''s .*'/)
    expect(modeOf(path)).toBe(mode)
  })

  test('refuses a file in its place', async () => {
    const path = join(around, 'file')
    writeFileSync(path, '')
    await expect(ensurePrivateDirectory(path)).rejects.toThrow()
  })
})

describe('private files', () => {
  test('are written 0600 whatever the umask, replaced whole, and leave no temporary file', async () => {
    const directory = mkdtempSync(join(around, 'w-'))
    const path = join(directory, 'state.json')
    const before = process.umask(0)
    try {
      await writePrivateFile(path, 'first')
      await writePrivateFile(path, Buffer.from('second'))
    } finally {
      process.umask(before)
    }
    expect(readFileSync(path, 'utf8')).toBe('second')
    expect(modeOf(path)).toBe(0o600)
    expect(readdirSync(directory)).toEqual(['state.json'])
    expect((await readPrivateFile(path)).toString()).toBe('second')
  })

  test('many writers at once leave one whole content', async () => {
    const path = join(mkdtempSync(join(around, 'w-')), 'state')
    const contents = Array.from({ length: 30 }, (_, index) => String(index).repeat(10_000))
    await Promise.all(contents.map((content) => writePrivateFile(path, content)))
    expect(contents).toContain(readFileSync(path, 'utf8'))
  })

  test('a failed write leaves the old content and no temporary file', async () => {
    const directory = mkdtempSync(join(around, 'w-'))
    mkdirSync(join(directory, 'taken/inside'), { recursive: true })
    await expect(writePrivateFile(join(directory, 'taken'), 'x')).rejects.toThrow()
    expect(readdirSync(directory)).toEqual(['taken'])
  })

  test.each([0o640, 0o604, 0o620, 0o660])('mode %o is refused with the command that closes it', async (mode) => {
    const path = join(mkdtempSync(join(around, 'r-')), 'key')
    writeFileSync(path, 'secret')
    chmodSync(path, mode)
    await expect(readPrivateFile(path)).rejects.toThrow(`chmod 600 ${path}`)
  })

  test('a file over the limit, a directory and a missing file are refused', async () => {
    const path = join(mkdtempSync(join(around, 'r-')), 'key')
    await writePrivateFile(path, 'secret')
    await expect(readPrivateFile(path, { maxBytes: 5 })).rejects.toThrow('larger than 5 bytes')
    await expect(readPrivateFile(around)).rejects.toThrow('not a file')
    await expect(readPrivateFile(`${path}-missing`)).rejects.toMatchObject({ code: 'ENOENT' })
  })
})
