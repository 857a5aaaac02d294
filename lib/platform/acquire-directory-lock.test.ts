import { chmodSync, mkdirSync, mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { acquireDirectoryLock } from './acquire-directory-lock'
import { readDirectoryLockHolder } from './read-directory-lock-holder'
import { bundleChildProgram, startChildProgram, type ChildProgram } from './testing/start-child-program'

let program: string
let around: string
let children: ChildProgram[] = []

beforeAll(() => {
  around = mkdtempSync(join(tmpdir(), 'lock-test-'))
  // Waits for a line, tries to take the lock, says the outcome, then lives until its standard input ends.
  program = bundleChildProgram(`
    import { acquireDirectoryLock } from '@/lib/platform/acquire-directory-lock'
    import { createInterface } from 'node:readline'
    const info = { url: null }
    const lines = createInterface({ input: process.stdin })[Symbol.asyncIterator]()
    console.log('ready')
    await lines.next()
    const result = await acquireDirectoryLock(process.argv[2], () => ({ pid: process.pid, program: 'test', info }))
    info.url = 'http://localhost:1'
    console.log(JSON.stringify(result.outcome === 'held' ? result : { outcome: result.outcome }))
    const next = await lines.next()
    if (next.value === 'release') { await result.lock.release(); console.log('released'); await lines.next() }
  `)
})

afterEach(async () => {
  for (const child of children) child.process.kill('SIGKILL')
  await Promise.all(children.map((child) => child.ended))
  children = []
})

afterAll(() => rmSync(around, { recursive: true, force: true }))

async function startContender(directory: string): Promise<ChildProgram> {
  const child = startChildProgram(program, [directory])
  children.push(child)
  expect(await child.nextLine()).toBe('ready')
  return child
}

async function acquireIn(child: ChildProgram): Promise<{ outcome: string; holder?: { pid: number } }> {
  child.say('go')
  return JSON.parse(await child.nextLine()) as { outcome: string; holder?: { pid: number } }
}

async function killHard(child: ChildProgram): Promise<void> {
  child.process.kill('SIGKILL')
  await child.ended
}

function newDirectory(): string {
  return mkdtempSync(join(around, 'd-'))
}

describe('acquireDirectoryLock', () => {
  test('of two processes that race for a lock whose holder was killed, exactly one wins, twenty times', async () => {
    const directory = newDirectory()
    const first = await startContender(directory)
    expect(await acquireIn(first)).toEqual({ outcome: 'acquired' })
    await killHard(first)
    for (let round = 0; round < 20; round += 1) {
      const pair = await Promise.all([startContender(directory), startContender(directory)])
      const outcomes = await Promise.all(pair.map(acquireIn))
      expect(outcomes.map((result) => result.outcome).sort()).toEqual(['acquired', 'held'])
      const winner = pair[outcomes.findIndex((result) => result.outcome === 'acquired')]
      expect(outcomes.find((result) => result.outcome === 'held')?.holder?.pid).toBe(winner?.process.pid)
      await Promise.all(pair.map(killHard))
    }
    expect(readdirSync(directory)).toHaveLength(1)
  }, 60_000)

  test('of many contenders in many processes one holds it', async () => {
    const directory = newDirectory()
    const many = await Promise.all(Array.from({ length: 8 }, () => startContender(directory)))
    const outcomes = await Promise.all(many.map(acquireIn))
    expect(outcomes.filter((result) => result.outcome === 'acquired')).toHaveLength(1)
  }, 30_000)

  test('of many contenders inside one process one holds it', async () => {
    const directory = newDirectory()
    const outcomes = await Promise.all(
      Array.from({ length: 40 }, (_, index) => acquireDirectoryLock(directory, () => ({ index }))),
    )
    const winners = outcomes.filter((result) => result.outcome === 'acquired')
    expect(winners).toHaveLength(1)
    for (const winner of winners) await winner.lock.release()
    expect(await readDirectoryLockHolder(directory)).toBeNull()
  })

  test('kill -9 of the holder frees the directory at once', async () => {
    const directory = newDirectory()
    const holder = await startContender(directory)
    await acquireIn(holder)
    expect((await acquireDirectoryLock(directory, () => ({}))).outcome).toBe('held')
    await killHard(holder)
    expect(await readDirectoryLockHolder(directory)).toBeNull()
    const mine = await acquireDirectoryLock(directory, () => ({}))
    if (mine.outcome !== 'acquired') throw new Error('still held')
    await mine.lock.release()
  })

  test('a stopped holder still holds', async () => {
    const directory = newDirectory()
    const holder = await startContender(directory)
    await acquireIn(holder)
    holder.process.kill('SIGSTOP')
    expect(await acquireDirectoryLock(directory, () => ({}))).toEqual({ outcome: 'held', holder: {} })
  })

  test('a release frees the directory while the process lives, and numbers only rise', async () => {
    const directory = newDirectory()
    const holder = await startContender(directory)
    await acquireIn(holder)
    holder.say('release')
    expect(await holder.nextLine()).toBe('released')
    expect(readdirSync(directory)).toEqual(['lock.1'])
    const mine = await acquireDirectoryLock(directory, () => ({}))
    if (mine.outcome !== 'acquired') throw new Error('still held')
    expect(readdirSync(directory)).toEqual(['lock.2'])
    await mine.lock.release()
  })

  test('a program that waits for its release ends as it meant to, also while contenders are asking', async () => {
    const directory = newDirectory()
    const releasing = bundleChildProgram(`
      import { acquireDirectoryLock } from '@/lib/platform/acquire-directory-lock'
      for (let round = 0; round < 20; round += 1) {
        const result = await acquireDirectoryLock(process.argv[2], () => ({ padding: 'x'.repeat(100_000) }))
        if (result.outcome === 'acquired') await result.lock.release()
      }
      console.log('done')
    `)
    const programs = Array.from({ length: 4 }, () => startChildProgram(releasing, [directory]))
    children.push(...programs)
    expect(await Promise.all(programs.map((child) => child.ended))).toEqual([0, 0, 0, 0])
    expect(programs.map((child) => child.lines)).toEqual(Array(4).fill(['done']))
  }, 30_000)

  test('the holder is named by what it says now', async () => {
    const directory = newDirectory()
    const holder = await startContender(directory)
    await acquireIn(holder)
    const expected = { pid: holder.process.pid, program: 'test', info: { url: 'http://localhost:1' } }
    await expect.poll(() => readDirectoryLockHolder(directory)).toEqual(expected)
    expect(await acquireDirectoryLock(directory, () => ({}))).toEqual({ outcome: 'held', holder: expected })
  })

  test('a directory with a very long path is locked like any other', async () => {
    const directory = join(newDirectory(), 'x'.repeat(200), 'y'.repeat(200))
    const mine = await acquireDirectoryLock(directory, () => ({ pid: 1 }))
    if (mine.outcome !== 'acquired') throw new Error('held')
    expect(readdirSync(directory)).toEqual(['lock.1'])
    expect(await readDirectoryLockHolder(directory)).toEqual({ pid: 1 })
    await mine.lock.release()
  })

  test('a directory that others can open is refused with the command that closes it', async () => {
    const directory = newDirectory()
    chmodSync(directory, 0o750)
    await expect(acquireDirectoryLock(directory, () => ({}))).rejects.toThrow(`chmod 700 ${directory}`)
    expect(readdirSync(directory)).toEqual([])
  })

  test('nobody holds a directory that does not exist or has never been locked', async () => {
    const directory = newDirectory()
    expect(await readDirectoryLockHolder(directory)).toBeNull()
    expect(await readDirectoryLockHolder(join(directory, 'missing'))).toBeNull()
  })

  test('other names in the directory are left alone', async () => {
    const directory = newDirectory()
    mkdirSync(join(directory, 'lock.notanumber'))
    const mine = await acquireDirectoryLock(directory, () => ({}))
    if (mine.outcome !== 'acquired') throw new Error('held')
    expect(readdirSync(directory).sort()).toEqual(['lock.1', 'lock.notanumber'])
    await mine.lock.release()
  })
})
