import { AgentError, exitCodes, type ExitCode } from '../agent-error'
import { agentCommand } from '../commands/agent'
import { enrollCommand } from '../commands/enroll'
import { fetchCommand } from '../commands/fetch'
import { gateCommand } from '../commands/gate'
import { renewCommand } from '../commands/renew'
import { signCommand } from '../commands/sign'
import { statusCommand } from '../commands/status'
import { escapeUntrusted } from '../escape-untrusted'
import { say, type Command, type CommandContext } from './command'

const commands: readonly Command[] = [
  enrollCommand,
  agentCommand,
  signCommand,
  fetchCommand,
  gateCommand,
  statusCommand,
  renewCommand,
]

/** Runs one command line and returns the exit code; failures are printed for the person who reads them. */
export async function runCommandLine(args: readonly string[], context: CommandContext): Promise<ExitCode> {
  const [name, ...rest] = args
  if (name === undefined || name === 'help' || name === '--help' || name === '-h') {
    context.stdout.write(overview())
    return name === undefined ? exitCodes.usage : exitCodes.done
  }
  const command = commands.find((candidate) => candidate.name === name)
  if (command === undefined) {
    say(context, `countersign: there is no command "${escapeUntrusted(name, 40)}".`, '', overview().trimEnd())
    return exitCodes.usage
  }
  const ownArgs = rest.includes('--') ? rest.slice(0, rest.indexOf('--')) : rest
  if (ownArgs.includes('--help')) {
    context.stdout.write(command.help)
    return exitCodes.done
  }
  try {
    return await command.run(rest, context)
  } catch (error) {
    return reportFailure(context, name, error)
  }
}

/** Prints what happened and what to do next. */
export function reportFailure(context: CommandContext, name: string, error: unknown): ExitCode {
  if (error instanceof AgentError) {
    const code = error.exitCode === exitCodes.refused ? `refused, ${escapeUntrusted(error.code, 100)}: ` : ''
    say(context, `countersign ${name}: ${code}${error.message}`, ...(error.advice === undefined ? [] : [error.advice]))
    return error.exitCode
  }
  const { code, message } = describeUnexpected(error)
  if (code === 'path_not_private') {
    say(context, `countersign ${name}: refused, ${code}: ${message}`)
    return exitCodes.refused
  }
  say(context, `countersign ${name}: ${message}`)
  return code !== undefined && /^E[A-Z]+$/.test(code) ? exitCodes.usage : exitCodes.refused
}

function describeUnexpected(error: unknown): { code: string | undefined; message: string } {
  const code = error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : undefined
  const message = escapeUntrusted(error instanceof Error ? error.message : String(error))
  const words: Record<string, string> = {
    EACCES: `This user may not do that (${message}). Run as the owner of the file, or choose another one.`,
    ENOENT: `A file is missing (${message}).`,
    ENOSPC: `The disk is full (${message}). Keys are never used before they are on disk; free some space and try again.`,
    EROFS: `The disk is read-only (${message}). Choose a writable state directory with --state.`,
  }
  return { code, message: (code !== undefined && words[code]) || message }
}

function overview(): string {
  const width = Math.max(...commands.map((command) => command.name.length))
  return [
    'countersign: the second factor for machines. Each request gets a credential that works once.',
    '',
    'Usage: countersign <command> [options]',
    '',
    ...commands.map((command) => `  ${command.name.padEnd(width)}  ${command.summary}`),
    '',
    'countersign <command> --help shows the options of a command.',
    'Exit codes: 0 allowed or done, 1 refused, 2 wrong usage, 3 could not reach.',
    '',
  ].join('\n')
}
