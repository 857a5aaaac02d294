import { expect, test } from 'vitest'
import { createWorkLimiter } from './create-work-limiter'

/** Work that ends when it is told to. */
function holdable() {
  let running = 0
  let most = 0
  const ends: ((value: string | Error) => void)[] = []
  const work = async () => {
    most = Math.max(most, (running += 1))
    const result = await new Promise<string | Error>((resolve) => ends.push(resolve))
    running -= 1
    if (result instanceof Error) throw result
    return result
  }
  return { work, ends, most: () => most }
}

const settle = () => new Promise((resolve) => setImmediate(resolve))

test('two run at once, some wait, the rest is turned away, and what fails makes room too', async () => {
  const limiter = createWorkLimiter({ atOnce: 2, waiting: 2 })
  const { work, ends, most } = holdable()
  const started = Array.from({ length: 5 }, () => limiter.run(work))
  expect(await started[4]).toEqual({ outcome: 'overloaded' })
  await settle()
  expect(ends).toHaveLength(2)
  ends[0]?.(new Error('failed'))
  await expect(started[0]).rejects.toThrow('failed')
  await settle()
  expect(ends).toHaveLength(3)
  for (const index of [1, 2]) ends[index]?.('done')
  await settle()
  ends[3]?.('done')
  expect(await Promise.all(started.slice(1, 4))).toEqual(Array(3).fill({ outcome: 'done', value: 'done' }))
  expect(most()).toBe(2)
  const next = limiter.run(() => Promise.resolve('again'))
  expect(await next).toEqual({ outcome: 'done', value: 'again' })
})
