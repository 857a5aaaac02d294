import { createRequestSource, type RequestSource } from './create-request-source'
import type { LoadCommand, LoadReply, PrepareMessage } from './load-messages'
import { runLoad } from './run-load'

// The load generator: a process of its own, told by its parent what to send and how long.

let prepared: { readonly message: PrepareMessage; readonly source: RequestSource } | undefined

async function obey(command: LoadCommand): Promise<LoadReply> {
  if (command.kind === 'prepare') {
    prepared = { message: command, source: await createRequestSource(command.plan) }
    return { kind: 'prepared' }
  }
  if (!prepared) throw new Error('A run before anything was prepared.')
  return { kind: 'result', result: await runLoad(prepared.message, prepared.source, command) }
}

process.on('message', (command: LoadCommand) => {
  obey(command)
    .catch((error: unknown): LoadReply => ({ kind: 'failed', reason: String(error) }))
    .then((reply) => process.send?.(reply))
    .catch(() => process.exit(1))
})
process.once('disconnect', () => process.exit(0))
