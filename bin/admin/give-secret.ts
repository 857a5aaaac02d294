import { openSecretFile } from './secret-file'
import type { CommandRun } from './run-command'

/**
 * Makes something that has a secret and hands the secret over, once: on standard output, or with `--out` in a new private
 * file. With --json it is a field of the answer, unless it went into a file.
 */
export async function giveSecret<Made extends object>(
  run: CommandRun,
  out: string | undefined,
  make: () => Promise<Made>,
  describe: { readonly field: keyof Made & string; readonly text: (made: Made) => string; readonly what: string },
): Promise<Made> {
  const file = out === undefined ? undefined : await openSecretFile(out)
  const made = await make().catch(async (error: unknown) => {
    await file?.discard()
    throw error
  })
  const secret = String(made[describe.field])
  const { [describe.field]: _secret, ...rest } = made
  if (file) {
    await file.write(secret)
    run.print({ ...rest, writtenTo: out }, describe.text(made))
    run.note(`${describe.what} is in ${out ?? ''}, readable by you alone. It will not be shown again.`)
  } else {
    run.print(made, `${describe.text(made)}\n\n${secret}\n`)
    run.note(`${describe.what} will not be shown again.`)
  }
  return made
}
