/** Runs `work` over the items with at most `width` under way; answers in the order of the items. */
export async function inParallel<Item, Result>(
  items: readonly Item[],
  width: number,
  work: (item: Item, index: number) => Promise<Result>,
): Promise<Result[]> {
  const results: Result[] = []
  let next = 0
  const lane = async () => {
    for (let index = next++; index < items.length; index = next++) results[index] = await work(items[index]!, index)
  }
  await Promise.all(Array.from({ length: Math.min(width, items.length) }, lane))
  return results
}

/** Asks again until the answer is no longer `undefined`; fails after `withinMs`. */
export async function until<Value>(
  ask: () => Promise<Value | undefined>,
  withinMs = 10_000,
  what = 'The condition',
): Promise<Value> {
  const endMs = performance.now() + withinMs
  for (;;) {
    const value = await ask()
    if (value !== undefined) return value
    if (performance.now() > endMs) throw new Error(`${what} did not come about within ${withinMs} ms.`)
    await new Promise((resolve) => setTimeout(resolve, 20))
  }
}
