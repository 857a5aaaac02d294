import { randomBytes } from 'node:crypto'
import { Command } from 'commander'
import { parseInstant } from '../parse-values'
import { formatFields, formatJson } from '../print'
import { runCommand, withConnection } from '../run-command'
import { openSecretFile } from '../secret-file'

export function deploymentCommand(): Command {
  const deployment = new Command('deployment').description('what machines need to know of this deployment')
  withConnection(
    deployment.command('show').description('show trust domain, URL and the fingerprint of the server key'),
  ).action((options: object) =>
    runCommand(options, async (run) => {
      const found = await run.api.call('getDeployment', {})
      run.print(
        found,
        formatFields([
          ['Trust domain', found.trustDomain],
          ['URL', found.publicUrl],
          ['Server key', found.assertionKey.fingerprint],
          ['Database', found.database],
          ...(found.restoredAt === null
            ? []
            : [['Restored', `${found.restoredAt}; no machine is active: deployment missing-data`] as const]),
          ['Id', found.id],
        ]),
      )
    }),
  )
  withConnection(
    deployment
      .command('restored')
      .description('say that the database was restored by other means than restore: no machine is active then')
      .requiredOption('--reason <text>', 'how, for the audit log'),
  ).action((options: { reason: string }) =>
    runCommand(options, async (run) => {
      const declared = await run.api.call('declareRestored', { body: { reason: options.reason } })
      run.print(
        declared,
        `${declared.machines} machines are no longer active, on any node. Next: deployment missing-data`,
      )
    }),
  )
  withConnection(
    deployment
      .command('missing-data')
      .description('after a restore: say since when data are missing, so that machines are active again')
      .requiredOption('--since <instant>', 'when the backup was made: 2026-11-22T03:00:00Z, or 2h for two hours ago'),
  ).action((options: { since: string }) =>
    runCommand(options, async (run) => {
      const stated = await run.api.call('stateMissingData', {
        body: { since: parseInstant(options.since, new Date()) },
      })
      run.print(stated, `${stated.machines} machines are active again, on every node.`)
    }),
  )
  return deployment
}

export function whoamiCommand(): Command {
  return withConnection(
    new Command('whoami').description('show who this command speaks as, and what it may do'),
  ).action((options: object) =>
    runCommand(options, async (run) => {
      const found = await run.api.call('getWhoami', {})
      run.print(
        found,
        formatFields([
          ['Name', found.name],
          ['Type', found.type],
          ['Role', found.role],
          ['May', found.permissions.join(' ')],
        ]),
      )
    }),
  )
}

export function masterKeyCommand(): Command {
  const masterKey = new Command('master-key').description('the key that opens what the database keeps')
  masterKey
    .command('create <file>')
    .description('make a master key in a new private file; speaks to no server')
    .option('--json', 'print JSON')
    .action(async (path: string, options: { json?: boolean }) => {
      const file = await openSecretFile(path)
      await file.write(randomBytes(32).toString('base64url'))
      const text =
        `A master key is in ${path}, readable by you alone.\n` +
        'Give every node the same one with COUNTERSIGN_MASTER_KEY_FILE, and keep a copy away from the database: without it nothing opens.'
      process.stdout.write(`${options.json ? formatJson({ writtenTo: path }) : text}\n`)
    })
  return masterKey
}
