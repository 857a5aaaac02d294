import { existsSync } from 'node:fs'
import path from 'node:path'
import type { Writable } from 'node:stream'
import { Command } from 'commander'
import pino from 'pino'
import { moveDatabase } from '@/lib/server/backup/move-database'
import { refuseMovedDirectory } from '@/lib/server/backup/moved-directory'
import { restoreBackup, type RestoredBackup } from '@/lib/server/backup/restore-backup'
import { writeBackup } from '@/lib/server/backup/write-backup'
import { openDatabase } from '@/lib/server/database/open-database'
import type { Settings } from '@/lib/server/settings'
import { unreachable, usageError } from '../admin-error'
import { downloadBackup } from '../download-backup'
import { findLocalServer } from '../find-local-server'
import { holdDirectory } from '../hold-directory'
import { localAdministrator as actor } from '../local-administrator'
import { parseTrustDomain } from '../parse-values'
import { formatFields, formatJson } from '../print'
import { readAdminSettings } from '../read-admin-settings'
import { readStandardInput } from '../read-input'
import { writeBackupFile } from '../write-backup-file'

interface Printing {
  readonly json?: boolean
}

const now = () => new Date()
const log = pino({ level: 'error' }, pino.destination({ fd: 2, sync: true }))

/** With --json the value, else the text. */
function print(options: Printing, value: unknown, text: string): void {
  process.stdout.write(`${options.json ? formatJson(value) : text}\n`)
}

export function backupCommand(): Command {
  return new Command('backup')
    .argument('<file>', 'a new file; it is made readable by you alone')
    .description('write the whole database into a file, without the master key')
    .option('--json', 'print JSON')
    .addHelpText('after', '\nThe server may run. Without the master key, which is not in it, a backup opens nothing.')
    .action(async (file: string, options: Printing) => {
      if (existsSync(file)) throw usageError(`${file} exists already; a backup is never written over a file.`)
      const settings = readAdminSettings(process.env)
      const made = await writeBackupFile(file, (destination) => copyInto(settings, destination))
      const text = formatFields([
        ['Backup', file],
        ['As of', made.madeAt],
        ['Rows', String(made.rows)],
        ['Bytes', String(made.bytes)],
        ['Not in it', 'the master key: keep a copy of that elsewhere'],
      ])
      print(options, { writtenTo: file, ...made }, text)
    })
}

/** A PostgreSQL server is read directly; the embedded database by the one process that has it open, this one if none does. */
async function copyInto(settings: Settings, destination: Writable): Promise<void> {
  if (settings.databaseUrl !== undefined) return copyHere(settings, destination)
  const server = await findLocalServer(settings)
  if (server !== null) return downloadBackup(server, destination)
  await refuseMovedDirectory(settings.dataDirectory)
  if (!existsSync(path.join(settings.dataDirectory, 'database')))
    throw unreachable(`No server runs, and ${settings.dataDirectory} holds no deployment.`)
  return holdDirectory(settings.dataDirectory, () => copyHere(settings, destination))
}

async function copyHere(settings: Settings, destination: Writable): Promise<void> {
  const database = await openDatabase(settings, {
    onPoolError: (error) => log.warn({ reason: error.message }, 'A connection was lost'),
    onMove: (words) => log.warn(words),
  })
  try {
    await writeBackup(database, destination, { actor, now })
  } finally {
    await database.close()
  }
}

export function restoreCommand(): Command {
  return new Command('restore')
    .argument('<file>', 'what backup wrote')
    .description('fill an empty data directory, or an empty PostgreSQL database, from a backup')
    .option('--force', 'put aside what stands there, instead of refusing')
    .option('--keep-access', 'nothing was revoked, used up or ended since the backup was made: suspend nothing')
    .option('--new-trust-domain <name>', 'a copy for tests: keys and a name of its own, and no machine of the original')
    .option('--json', 'print JSON')
    .addHelpText(
      'after',
      '\nStop every node first. Credentials from before are refused. Unless --keep-access is given, machines are suspended,\n' +
        'and join tokens, API tokens and sessions end: what was withdrawn after the backup must not come back by itself.',
    )
    .action(async (file: string, options: Printing & { force?: true; keepAccess?: true; newTrustDomain?: string }) => {
      const settings = readAdminSettings(process.env)
      const { force = false, keepAccess = false } = options
      const newTrustDomain = options.newTrustDomain === undefined ? null : parseTrustDomain(options.newTrustDomain)
      const restored = await holdDirectory(settings.dataDirectory, () =>
        restoreBackup(settings, file, { actor, log, now, force, keepAccess, newTrustDomain }),
      )
      print(options, restored, describeRestored(restored, keepAccess))
    })
}

function describeRestored(restored: RestoredBackup, keepAccess: boolean): string {
  const fields: [string, string][] = [
    ['Restored', restored.deployment],
    ['As of', restored.madeAt],
    ['Rows', String(restored.rows)],
    ...(restored.aside === null ? [] : [['What stood here', restored.aside] as [string, string]]),
  ]
  const next = keepAccess
    ? 'Everything that acted when the backup was made acts again, as you said it may.'
    : `Nothing acts yet that may have been withdrawn since: ${restored.machinesSuspended} machines are suspended, ` +
      `${restored.joinTokensRevoked} join tokens and ${restored.apiTokensRevoked} API tokens revoked, ` +
      `${restored.sessionsEnded} sessions ended.\nLook at gateway keys and operators too. docs/operate/backup.md has the steps.`
  return `${formatFields(fields)}\n\n${next}`
}

export function moveCommand(): Command {
  return new Command('move')
    .requiredOption('--to <url>', 'an empty PostgreSQL database, without a password; or - for standard input')
    .description('move the embedded database of this data directory to a PostgreSQL server')
    .option('--json', 'print JSON')
    .addHelpText(
      'after',
      '\nStop the server first. A password comes from PGPASSWORD, ~/.pgpass, or the URL on standard input (--to -): other\n' +
        'accounts of this machine can read arguments.',
    )
    .action(async (options: Printing & { to: string }) => {
      const url = options.to === '-' ? await readStandardInput() : options.to
      const settings = readAdminSettings({ ...process.env, DATABASE_URL: undefined })
      checkTarget(url, options.to === '-')
      const moved = await holdDirectory(settings.dataDirectory, () => moveDatabase(settings, url, { actor, log, now }))
      const text =
        formatFields([
          ['Moved', moved.deployment],
          ['Rows', String(moved.rows)],
          ['The old database', moved.aside],
          ['Master key', moved.masterKeySource],
        ]) +
        '\n\nStart every node with DATABASE_URL and COUNTERSIGN_MASTER_KEY_FILE from now on. This data directory refuses to\n' +
        'serve the old database. Delete that when the new one has a backup.'
      print(options, moved, text)
    })
}

function checkTarget(url: string, isPrivate: boolean): void {
  const parsed = URL.parse(url)
  if (parsed === null || !/^postgres(ql)?:$/.test(parsed.protocol)) throw usageError('--to takes postgresql://….')
  if (parsed.password !== '' && !isPrivate) {
    throw usageError('Other accounts can read arguments: give the password by PGPASSWORD or ~/.pgpass, or use --to -.')
  }
}
