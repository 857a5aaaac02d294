import { execFile } from 'node:child_process'
import { promisify } from 'node:util'

/** Runs a command that only root may; throws words that say what is missing, so that nothing looks as if it had been tested. */
export async function asRoot(what: string, command: string, ...args: readonly string[]): Promise<void> {
  try {
    await promisify(execFile)(command, args)
  } catch (error) {
    throw new Error(
      `${what} could not be made (${command} ${args.join(' ')}: ${(error as Error).message.split('\n').at(-1) ?? ''}). ` +
        'This fault needs Linux and root with CAP_NET_ADMIN and CAP_SYS_ADMIN; without them it is not tested.',
    )
  }
}
