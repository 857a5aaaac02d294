import type { Command } from 'commander'
import type { AdminApi } from './admin-api'
import { connectApi, type ConnectionOptions } from './connect-api'
import { formatJson } from './print'

/** What a command's action gets. */
export interface CommandRun {
  readonly api: AdminApi
  readonly now: Date
  /** Prints the value with --json, else the text. */
  print(value: unknown, text: string): void
  /** Notes for people: left away with --json. */
  readonly note: (text: string) => void
}

/** Adds the options that every command has. */
export function withConnection(command: Command): Command {
  return command
    .option('--json', 'print JSON')
    .option('--server <url>', 'server to speak to (COUNTERSIGN_SERVER); else the one on this data directory')
    .option('--token-file <file>', 'file with an API token, or - for standard input (COUNTERSIGN_TOKEN_FILE)')
    .option('--allow-plain-http', 'send the token over http:// to another machine')
}

/** Runs an action against whoever answers, and closes the connection however it ends. */
export async function runCommand(options: object, action: (run: CommandRun) => Promise<void>): Promise<void> {
  // Commander hands out what was typed; `withConnection` declared these.
  const common: ConnectionOptions & { readonly json?: boolean } = options
  const api = await connectApi(common, process.env)
  const isJson = common.json ?? false
  try {
    await action({
      api,
      now: new Date(),
      print: (value, text) => void process.stdout.write(`${isJson ? formatJson(value) : text}\n`),
      note: (text) => {
        if (!isJson) process.stderr.write(`${text}\n`)
      },
    })
  } finally {
    await api.close()
  }
}
