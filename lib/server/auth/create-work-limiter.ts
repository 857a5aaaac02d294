/** Runs a few pieces of heavy work at a time, lets a few more wait, and turns away the rest. */
export interface WorkLimiter {
  run<Value>(
    work: () => Promise<Value>,
  ): Promise<{ readonly outcome: 'done'; readonly value: Value } | { readonly outcome: 'overloaded' }>
}

/** Each scrypt takes 128 MiB and a thread of libuv's four, so that a burst of sign-ins must not run at once. */
export function createWorkLimiter(limits: { readonly atOnce: number; readonly waiting: number }): WorkLimiter {
  let running = 0
  const queue: (() => void)[] = []
  return {
    async run(work) {
      if (running >= limits.atOnce) {
        if (queue.length >= limits.waiting) return { outcome: 'overloaded' }
        // Whoever ends hands its place over, so that `running` stays as it is.
        await new Promise<void>((resolve) => queue.push(resolve))
      } else running += 1
      try {
        return { outcome: 'done', value: await work() }
      } finally {
        const next = queue.shift()
        if (next === undefined) running -= 1
        else next()
      }
    },
  }
}
