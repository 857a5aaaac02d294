import { spawn, type ChildProcess } from 'node:child_process'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { buildSync } from 'esbuild'
import { makeTestFolder } from './make-test-folder'

const root = fileURLToPath(new URL('../../..', import.meta.url))

/** Bundles a TypeScript program so that `node` runs it as a process of its own. Returns the path of the bundle. */
export function bundleChildProgram(source: string): string {
  const outfile = join(makeTestFolder(), 'program.mjs')
  buildSync({
    stdin: { contents: source, resolveDir: root, loader: 'ts' },
    bundle: true,
    platform: 'node',
    format: 'esm',
    target: 'node20',
    outfile,
    alias: { '@': root },
  })
  return outfile
}

export interface ChildProgram {
  process: ChildProcess
  /** The lines of standard output so far. */
  lines: string[]
  stderr(): string
  /** The next line of standard output that nobody has asked for; rejects when the program ends before. */
  nextLine(): Promise<string>
  /** Resolves when standard error holds the text; rejects when the program ends without. */
  untilStderr(text: string): Promise<void>
  /** Resolves with the exit code, or the name of the signal that ended it. */
  ended: Promise<number | string>
  say(line: string): void
}

export function startChildProgram(program: string, args: readonly string[], env?: NodeJS.ProcessEnv): ChildProgram {
  const child = spawn(process.execPath, [program, ...args], { stdio: 'pipe', env: env ?? process.env })
  const lines: string[] = []
  const waiting: { resolve: (line: string) => void; reject: (error: Error) => void }[] = []
  let taken = 0
  let rest = ''
  let stderr = ''
  let isEnded = false
  const serve = (): void => {
    while (waiting.length > 0 && taken < lines.length) waiting.shift()?.resolve(lines[taken++] ?? '')
    if (!isEnded) return
    for (const { reject } of waiting.splice(0)) reject(new Error(`The program ended. Standard error: ${stderr}`))
  }
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    const parts = (rest + text).split('\n')
    rest = parts.pop() ?? ''
    lines.push(...parts)
    serve()
  })
  const watching = new Set<() => void>()
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    stderr += text
    for (const look of watching) look()
  })
  const ended = new Promise<number | string>((resolve) =>
    child.once('close', (code, signal) => {
      isEnded = true
      if (rest !== '') lines.push(rest)
      serve()
      for (const look of watching) look()
      resolve(code ?? signal ?? 'unknown')
    }),
  )
  return {
    process: child,
    lines,
    stderr: () => stderr,
    nextLine: () => {
      const line = new Promise<string>((resolve, reject) => waiting.push({ resolve, reject }))
      serve()
      return line
    },
    untilStderr: (text) =>
      new Promise((resolve, reject) => {
        const look = (): void => {
          if (!stderr.includes(text) && !isEnded) return
          watching.delete(look)
          if (stderr.includes(text)) resolve()
          else reject(new Error(`The program ended. Standard error: ${stderr}`))
        }
        watching.add(look)
        look()
      }),
    ended,
    say: (line) => void child.stdin.write(`${line}\n`),
  }
}
