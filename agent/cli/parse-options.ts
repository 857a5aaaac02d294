import { parseArgs, type ParseArgsConfig } from 'node:util'
import { wrongUsage } from '../agent-error'
import { escapeUntrusted } from '../escape-untrusted'

type Options = NonNullable<ParseArgsConfig['options']>

/** Options that every command takes. */
export const commonOptions = { state: { type: 'string' } } as const satisfies Options

/**
 * Reads a command's arguments; what it says about wrong ones never repeats a value, which may be a secret.
 */
export function parseOptions<T extends Options>(args: readonly string[], options: T, positionals: number | 'any' = 0) {
  let result
  try {
    result = parseArgs({ args: [...args], options, strict: true, allowPositionals: true })
  } catch (error) {
    throw wrongUsage(describe(error), 'countersign <command> --help shows the options.')
  }
  if (positionals !== 'any' && result.positionals.length !== positionals) {
    throw wrongUsage(
      positionals === 0
        ? 'This command takes options only.'
        : `This command takes ${positionals} arguments beside its options, and was given ${result.positionals.length}.`,
      'countersign <command> --help shows them.',
    )
  }
  return result
}

function describe(error: unknown): string {
  const message = error instanceof Error ? error.message : ''
  const option = /'(-{1,2}[A-Za-z][A-Za-z-]{0,40})/.exec(message)?.[1]
  const code = error instanceof Error && 'code' in error ? error.code : undefined
  if (option === undefined) return 'The arguments cannot be understood.'
  return code === 'ERR_PARSE_ARGS_UNKNOWN_OPTION'
    ? `There is no option ${escapeUntrusted(option)}.`
    : `The option ${escapeUntrusted(option)} is not used as it should be: it takes a value, or it takes none.`
}

export function requireOption(value: string | undefined, name: string): string {
  if (value === undefined || value === '') throw wrongUsage(`The option ${name} is missing.`)
  return value
}
