/** Calls `end` at the first SIGTERM or SIGINT. Ctrl-C comes from the terminal and again from whoever started us: that must not cut the end short. */
export function onEndSignal(end: (signal: 'SIGTERM' | 'SIGINT') => void): void {
  let isEnding = false
  for (const signal of ['SIGTERM', 'SIGINT'] as const) {
    process.on(signal, () => {
      if (isEnding) return
      isEnding = true
      end(signal)
    })
  }
}
