import { Command } from 'commander'
import { giveSecret } from '../give-secret'
import { printPages, withPages, type ListOptions } from '../list-pages'
import { collect, given, parseCount, parseDuration, parseLabels } from '../parse-values'
import { formatDistance, formatFields, formatLabels } from '../print'
import { runCommand, withConnection } from '../run-command'

interface CreateOptions {
  name: string
  label?: string[]
  uses?: string
  expires?: string
  machineLifetime?: string
  out?: string
}

export function joinTokenCommand(): Command {
  const joinToken = new Command('join-token').description('what lets a new machine in')

  withConnection(joinToken.command('create').description('create a join token, shown once'))
    .option('--name <text>', 'what it is for', 'join token')
    .option('--label <key=value>', 'label of the machines that enrol with it; may be repeated', collect)
    .option('--uses <n>', 'how many machines may enrol with it (1)')
    .option('--expires <duration>', 'until when it can be used (1h)')
    .option('--machine-lifetime <duration>', 'how long a machine stays active without renewing (24h)')
    .option('--out <file>', 'write the token to a new private file instead')
    .action((options: CreateOptions) =>
      runCommand(options, async (run) => {
        const body = {
          name: options.name,
          ...given({
            labels: options.label && parseLabels(options.label),
            usesAllowed: options.uses === undefined ? undefined : parseCount(options.uses),
            expiresInSeconds: options.expires === undefined ? undefined : parseDuration(options.expires),
            machineLifetimeSeconds:
              options.machineLifetime === undefined ? undefined : parseDuration(options.machineLifetime),
          }),
        }
        const { publicUrl, assertionKey } = await run.api.call('getDeployment', {})
        const tokenFile = options.out ?? '-'
        const command = `countersign enroll --server ${publicUrl} --server-key ${assertionKey.fingerprint} --token-file ${tokenFile}`
        const make = async () => ({ ...(await run.api.call('createJoinToken', { body })), command })
        await giveSecret(run, options.out, make, {
          field: 'token',
          text: (made) =>
            formatFields([
              ['Join token', made.id],
              ['Name', made.name],
              ['Labels', formatLabels(made.labels)],
              ['Uses', made.usesAllowed],
              ['Expires', `${made.expiresAt} (${formatDistance(made.expiresAt, run.now)})`],
              ['Machine lifetime', `${made.machineLifetimeSeconds} s without renewal`],
            ]),
          what: 'The join token',
        })
        const how = options.out === undefined ? 'paste the token, then press Ctrl-D' : 'bring the file there first'
        run.note(`On the machine, run this and ${how}:\n\n  ${command}\n`)
      }),
    )

  withConnection(withPages(joinToken.command('list').description('list join tokens'))).action((options: ListOptions) =>
    runCommand(options, (run) =>
      printPages(run, options, (page) => run.api.call('listJoinTokens', { query: page }), {
        header: ['id', 'state', 'uses', 'expires', 'labels', 'name'],
        row: (item) => [
          item.id,
          item.state,
          `${item.usesTaken}/${item.usesAllowed}`,
          formatDistance(item.expiresAt, run.now),
          formatLabels(item.labels),
          item.name,
        ],
        none: 'There are no join tokens. Create one with: join-token create',
      }),
    ),
  )

  withConnection(
    joinToken.command('revoke <id>').description('revoke a join token; machines that used it stay'),
  ).action((id: string, options: object) =>
    runCommand(options, async (run) => {
      const revoked = await run.api.call('revokeJoinToken', { params: { joinToken: id }, body: {} })
      run.print(
        revoked,
        `The join token ${revoked.id} is revoked. ${revoked.usesTaken} machines enrolled with it and stay.`,
      )
    }),
  )
  return joinToken
}
