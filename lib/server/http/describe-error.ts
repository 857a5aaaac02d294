/**
 * An unexpected error for the log: its class, its code, and where it happened. Never its message, which may hold what
 * somebody sent: drivers and Prisma repeat parameters there.
 */
export function describeError(error: unknown): {
  readonly name: string
  readonly code?: string
  readonly at?: string[]
} {
  if (!(typeof error === 'object' && error !== null)) return { name: typeof error }
  const name: unknown = Reflect.get(error, 'name')
  const code: unknown = Reflect.get(error, 'code')
  const stack: unknown = Reflect.get(error, 'stack')
  const frames = typeof stack === 'string' ? stack.split('\n').filter((line) => /^\s+at .*:\d+:\d+\)?$/.test(line)) : []
  return {
    name: typeof name === 'string' ? name : 'unknown',
    ...(typeof code === 'string' && { code }),
    ...(frames.length > 0 && { at: frames.slice(0, 12).map((line) => line.trim()) }),
  }
}
