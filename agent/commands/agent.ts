import { setTimeout as wait } from 'node:timers/promises'
import { existsSync } from 'node:fs'
import { AgentError, exitCodes, UnreachableError, wrongUsage } from '../agent-error'
import { say, type Command, type CommandContext } from '../cli/command'
import { commonOptions, parseOptions } from '../cli/parse-options'
import { notEnrolled, openRunningMachine } from '../machine/open-running-machine'
import type { RunningMachine } from '../machine/running-machine'
import { serveAgentSocket } from '../socket/serve-agent-socket'
import { resolveSocketPath, resolveStateDirectory } from '../store/resolve-state-directory'

const FIRST_RETRY_MS = 500
const MAX_RETRY_MS = 60_000

export const agentCommand: Command = {
  name: 'agent',
  summary: 'hold the machine’s keys, renew them, and sign for programs on this machine',
  help: `Usage: countersign agent [--socket PATH] [--socket-mode 0600|0660] [--state DIR]

Renews the machine at its start and every hour, and signs for whoever may open its socket.

  --socket PATH         where to listen ($COUNTERSIGN_SOCKET, else agent.sock in the state directory)
  --socket-mode MODE    0600: this user's programs alone (default). 0660: those of the socket's group as well; put the
                        socket into a directory of that group with the set-group-id bit, for example
                        install -d -m 2750 -g apps /run/countersign
  --state DIR           the state directory

SIGTERM ends it in good order. While the verification service is away it goes on signing; started anew, it waits until
the service answers, because keys from disk sign nothing but a renewal.
`,
  async run(args, context) {
    const { values } = parseOptions(args, {
      ...commonOptions,
      socket: { type: 'string' },
      'socket-mode': { type: 'string' },
    } as const)
    const mode = values['socket-mode'] ?? '0600'
    if (mode !== '0600' && mode !== '0660') throw wrongUsage('--socket-mode is 0600 or 0660.')
    const stateDirectory = resolveStateDirectory(values.state, context.env)
    if (!existsSync(stateDirectory)) throw notEnrolled(stateDirectory)
    const socket = resolveSocketPath(values.socket, context.env, values.state)
    const { atStep } = context
    const opened = await openRunningMachine({ stateDirectory, program: 'countersign agent', socket, atStep })
    try {
      const server = await serveAgentSocket(opened.machine, socket, mode === '0660' ? 0o660 : 0o600)
      try {
        say(context, `Agent of ${opened.machine.state.machineId}, listening on ${socket}.`)
        await keepRenewed(opened.machine, context)
      } finally {
        await server.close()
      }
    } finally {
      await opened.close()
    }
    return exitCodes.done
  },
}

/** Renews at once and then on time until the signal; ends with the error of a refusal that waiting does not mend. */
export async function keepRenewed(machine: RunningMachine, context: CommandContext): Promise<void> {
  let retryMs = FIRST_RETRY_MS
  while (!context.signal.aborted) {
    let pauseMs: number
    try {
      await machine.renew(context.signal)
      say(context, `Renewed: generation ${machine.state.generation}, valid until ${machine.state.expiresAt}.`)
      retryMs = FIRST_RETRY_MS
      // Never later than the service asked for; machines that started together drift apart.
      pauseMs = machine.state.renewAfterSeconds * 1_000 * (0.9 + 0.1 * Math.random())
    } catch (error) {
      if (context.signal.aborted) return
      if (!isWorthWaiting(error, machine)) throw error
      pauseMs = retryMs * (0.5 + 0.5 * Math.random())
      retryMs = Math.min(retryMs * 2, MAX_RETRY_MS)
      const effect = machine.signing === undefined ? 'cannot sign yet' : 'goes on signing'
      say(context, `${(error as Error).message} The agent ${effect} and tries again.`)
    }
    await wait(Math.min(pauseMs, 2 ** 31 - 1), undefined, { signal: context.signal }).catch(() => undefined)
  }
}

/** Refusals after which no renewal of these keys can succeed. */
const finalCodes: ReadonlySet<string> = new Set([
  'generation_conflict',
  'generation_superseded',
  'machine_quarantined',
  'machine_revoked',
  'machine_expired',
  'machine_unknown',
])

function isWorthWaiting(error: unknown, machine: RunningMachine): error is AgentError {
  if (error instanceof UnreachableError) return true
  // While there is a generation that signs, an odd answer (a proxy's page, say) is no reason to end.
  return error instanceof AgentError && machine.signing !== undefined && !finalCodes.has(error.code)
}
