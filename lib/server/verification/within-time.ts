/** What the promise resolves to, or undefined when that takes longer than `ms` milliseconds. Rejects when the promise does. */
export async function withinTime<Value>(promise: Promise<Value>, ms: number): Promise<Value | undefined> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<undefined>((resolve) => {
    timer = setTimeout(() => resolve(undefined), ms)
  })
  return Promise.race([promise, late]).finally(() => clearTimeout(timer))
}

/** What is left of a deadline (milliseconds) for the next step, by the monotonic clock. */
export function restOf(deadlineMs: number, startedMs: number): number {
  return Math.max(1, deadlineMs - (performance.now() - startedMs))
}
