import { existsSync } from 'node:fs'
import { exitCodes } from '../agent-error'
import { say, type Command } from '../cli/command'
import { commonOptions, parseOptions } from '../cli/parse-options'
import type { MachineStatus } from '../machine/describe-machine'
import { machineOf, notEnrolled } from '../machine/open-running-machine'
import { callAgentSocket } from '../socket/call-agent-socket'
import { openKeyStore } from '../store/open-key-store'
import { resolveStateDirectory } from '../store/resolve-state-directory'

export const renewCommand: Command = {
  name: 'renew',
  summary: 'replace the machine’s keys now',
  help: `Usage: countersign renew [--state DIR]

Makes the next generation's keys and has the verification service accept them. A running agent does it by itself every
hour and at its start; with one running, this command asks it to.

  --state DIR           the state directory
`,
  async run(args, context) {
    const { values } = parseOptions(args, commonOptions)
    const stateDirectory = resolveStateDirectory(values.state, context.env)
    if (!existsSync(stateDirectory)) throw notEnrolled(stateDirectory)
    const program = 'countersign renew'
    const result = await openKeyStore(stateDirectory, { program })
    if (result.outcome === 'held' && typeof result.holder.socket === 'string') {
      const status = (await callAgentSocket(result.holder.socket, 'POST', '/renew', {})) as Partial<MachineStatus>
      say(context, `The running agent renewed the machine: generation ${Number(status.generation)}.`)
      return exitCodes.done
    }
    const { machine, close } = await machineOf({ stateDirectory, program, atStep: context.atStep }, result)
    try {
      await machine.renew(context.signal)
      say(context, `Renewed: generation ${machine.state.generation}, valid until ${machine.state.expiresAt}.`)
      return exitCodes.done
    } finally {
      await close()
    }
  },
}
