import { Command, CommanderError } from 'commander'
import { displayText } from '@/lib/domain/display-text'
import { AdminError, exitCodes } from './admin-error'
import { operatorCommand, tokenCommand } from './commands/access'
import { backupCommand, moveCommand, restoreCommand } from './commands/database'
import { deploymentCommand, masterKeyCommand, whoamiCommand } from './commands/deployment'
import { gatewayCommand } from './commands/gateway'
import { joinTokenCommand } from './commands/join-token'
import { machineCommand } from './commands/machine'
import { auditCommand, decisionsCommand } from './commands/records'
import { serviceCommand } from './commands/service'
import { describeFailure } from './describe-failure'

const program = new Command('admin')
  .description(
    'Administers Countersign: the server on this data directory, or any other with --server and --token-file.',
  )
  .addHelpText('after', '\nExit codes: 0 done, 1 refused, 2 wrong usage, 3 could not reach.')

const commands = [
  serviceCommand(),
  gatewayCommand(),
  joinTokenCommand(),
  machineCommand(),
  decisionsCommand(),
  auditCommand(),
  tokenCommand(),
  operatorCommand(),
  deploymentCommand(),
  whoamiCommand(),
  masterKeyCommand(),
  backupCommand(),
  restoreCommand(),
  moveCommand(),
]
for (const command of commands) program.addCommand(command)
throwInsteadOfExit(program)

try {
  await program.parseAsync()
} catch (error) {
  process.exitCode = report(error)
}

/** Says what went wrong on standard error; returns the exit code. */
function report(error: unknown): number {
  // Commander has said it already; help and version are no errors.
  if (error instanceof CommanderError) return error.exitCode === 0 ? exitCodes.done : exitCodes.usage
  const isJson = process.argv.includes('--json')
  process.stderr.write(`${describeFailure(error, isJson)}\n`)
  return error instanceof AdminError ? error.exitCode : exitCodes.refused
}

function throwInsteadOfExit(command: Command): void {
  command.exitOverride()
  // What was typed is repeated in these messages.
  command.configureOutput({
    writeErr: (text) =>
      void process.stderr.write(
        text
          .split('\n')
          .map((line) => displayText(line, 400))
          .join('\n'),
      ),
  })
  for (const child of command.commands) throwInsteadOfExit(child)
}
