import type { Readable, Writable } from 'node:stream'
import type { ExitCode } from '../agent-error'
import type { EnrollmentStep } from '../machine/enroll-machine'
import type { RenewalStep } from '../machine/generation-keeper'

/** What a command gets of the world around it. */
export interface CommandContext {
  readonly env: NodeJS.ProcessEnv
  readonly stdin: Readable
  readonly stdout: Writable
  readonly stderr: Writable
  /** Aborted by SIGTERM and SIGINT: stop in good order. */
  readonly signal: AbortSignal
  /** Told the moments of enrolment and renewal; tests end the process there. */
  readonly atStep?: (step: RenewalStep | EnrollmentStep) => void | Promise<void>
}

export interface Command {
  readonly name: string
  readonly summary: string
  /** The text of `countersign <name> --help`. */
  readonly help: string
  run(args: readonly string[], context: CommandContext): Promise<ExitCode>
}

/** Prints lines for the person at the terminal; standard output is for what programs read. */
export function say(context: CommandContext, ...lines: readonly string[]): void {
  context.stderr.write(lines.map((line) => `${line}\n`).join(''))
}

/** Writes to a stream and waits until it took the bytes, so that a slow reader bounds the memory. */
export function writeTo(stream: Writable, data: string | Uint8Array): Promise<void> {
  return new Promise((resolve, reject) => {
    stream.write(data, (error) => (error ? reject(error) : resolve()))
  })
}
