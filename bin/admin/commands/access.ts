import { Command } from 'commander'
import { displayText } from '@/lib/domain/display-text'
import { normalizeAccountName } from '@/lib/domain/operator/account-name'
import type { OperatorRole } from '@/lib/domain/operator/operator-role'
import { AdminError, exitCodes } from '../admin-error'
import { giveSecret } from '../give-secret'
import { printPages, withPages, type ListOptions } from '../list-pages'
import { given, parseDuration } from '../parse-values'
import { formatDistance, formatFields } from '../print'
import { readPassword } from '../read-input'
import { runCommand, withConnection, type CommandRun } from '../run-command'

const roleHelp = 'viewer, operator or administrator'

export function tokenCommand(): Command {
  const token = new Command('token').description('API tokens for scripts and other programs')

  withConnection(token.command('create').description('create an API token, shown once'))
    .requiredOption('--name <text>', 'what uses it')
    .requiredOption('--role <role>', roleHelp)
    .option('--expires <duration>', 'until when it works (90d)')
    .option('--out <file>', 'write the token to a new private file instead')
    .action((options: { name: string; role: OperatorRole; expires?: string; out?: string }) =>
      runCommand(options, async (run) => {
        const { name, role, expires } = options
        const expiresInSeconds = expires === undefined ? undefined : parseDuration(expires)
        const make = () => run.api.call('createApiToken', { body: { name, role, ...given({ expiresInSeconds }) } })
        await giveSecret(run, options.out, make, {
          field: 'token',
          text: (made) =>
            formatFields([
              ['API token', made.id],
              ['Name', made.name],
              ['Role', made.role],
              ['Expires', `${made.expiresAt} (${formatDistance(made.expiresAt, run.now)})`],
            ]),
          what: 'The API token',
        })
      }),
    )

  withConnection(withPages(token.command('list').description('list API tokens'))).action((options: ListOptions) =>
    runCommand(options, (run) =>
      printPages(run, options, (page) => run.api.call('listApiTokens', { query: page }), {
        header: ['id', 'state', 'role', 'expires', 'name', 'created by'],
        row: (item) => [
          item.id,
          item.state,
          item.role,
          formatDistance(item.expiresAt, run.now),
          item.name,
          item.createdBy,
        ],
        none: 'There are no API tokens. Create one with: token create --name NAME --role viewer',
      }),
    ),
  )

  withConnection(token.command('revoke <id>').description('revoke an API token')).action(
    (id: string, options: object) =>
      runCommand(options, async (run) => {
        const revoked = await run.api.call('revokeApiToken', { params: { apiToken: id }, body: {} })
        run.print(revoked, `The API token ${revoked.id} is revoked. The next call with it is refused.`)
      }),
  )
  return token
}

export function operatorCommand(): Command {
  const operator = new Command('operator').description('people who sign in to the console')

  withConnection(operator.command('create <email>').description('create an operator'))
    .requiredOption('--name <text>', 'what people call them')
    .requiredOption('--role <role>', roleHelp)
    .option('--invite', 'make a link by which they choose a password themselves')
    .option('--password-file <file>', 'private file with the password, or - for standard input; else it is asked for')
    .action((email: string, options: { name: string; role: OperatorRole; invite?: true; passwordFile?: string }) =>
      runCommand(options, async (run) => {
        const password = options.invite ? undefined : await readPassword(options.passwordFile)
        const body = { email, name: options.name, role: options.role, ...given({ password }) }
        const made = await run.api.call('createOperator', { body })
        run.print(
          made,
          formatFields([
            ['Operator', made.email],
            ['Id', made.id],
            ['Name', made.name],
            ['Role', made.role],
            ...(made.invitation ? [['Invitation', made.invitation.url] as [string, string]] : []),
          ]),
        )
      }),
    )

  withConnection(operator.command('reset <email>').description('make a link by which an operator gets in again'))
    .addHelpText(
      'after',
      '\nWhoever opens the link chooses a new password and sets up a new second factor. It works once, for 24 hours.',
    )
    .action((email: string, options: object) =>
      runCommand(options, async (run) => {
        const found = await findOperator(run, email)
        const link = await run.api.call('resetOperator', { params: { operator: found.id }, body: {} })
        run.print(link, `${link.url}\n\nThe link for ${found.email} works once, until ${link.expiresAt}.`)
      }),
    )

  withConnection(withPages(operator.command('list').description('list operators'))).action((options: ListOptions) =>
    runCommand(options, (run) =>
      printPages(run, options, (page) => run.api.call('listOperators', { query: page }), {
        header: ['e-mail', 'role', 'name', 'id'],
        row: (item) => [item.email, item.role, item.name, item.id],
        none: 'There are no operators. Create one with: operator create EMAIL --name NAME --role administrator',
      }),
    ),
  )
  return operator
}

/** By the address, which people know, through the pages of the list, which is in its order. */
async function findOperator(run: CommandRun, email: string) {
  const wanted = normalizeAccountName(email)
  let cursor: string | undefined
  do {
    const page = await run.api.call('listOperators', { query: { limit: '200', cursor } })
    const found = page.items.find((item) => item.email === wanted)
    if (found !== undefined) return found
    cursor = page.nextCursor ?? undefined
  } while (cursor !== undefined)
  throw new AdminError(exitCodes.refused, `There is no operator ${displayText(wanted, 100)}. See: operator list`)
}
