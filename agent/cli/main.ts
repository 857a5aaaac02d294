import { runCommandLine } from './run-command-line'
import type { CommandContext } from './command'

/** Runs the command line of this process and sets its exit code. */
export async function main(atStep?: CommandContext['atStep']): Promise<void> {
  // Nothing that this program makes is for other users; a socket for a group is widened on purpose.
  process.umask(0o077)
  const stop = new AbortController()
  for (const name of ['SIGTERM', 'SIGINT'] as const) {
    // The second signal ends the process at once: the listener is gone by then.
    process.once(name, () => stop.abort())
  }
  for (const stream of [process.stdout, process.stderr]) {
    // The reader went away (`| head`): nothing more to say.
    stream.on('error', () => process.exit(0))
  }
  process.exitCode = await runCommandLine(process.argv.slice(2), {
    env: process.env,
    stdin: process.stdin,
    stdout: process.stdout,
    stderr: process.stderr,
    signal: stop.signal,
    ...(atStep === undefined ? {} : { atStep }),
  })
}
