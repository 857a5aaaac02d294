import type { Command } from 'commander'
import type { MachineChange } from '@/lib/contract/machines'
import type { AdminApi } from '../admin-api'
import { findMachineId } from '../find-machine'
import { formatDistance, showCell } from '../print'
import { runCommand, withConnection } from '../run-command'

interface Change {
  readonly name: string
  readonly description: string
  readonly wantsReason: boolean
  readonly call: (api: AdminApi, machine: string, reason: string | undefined) => Promise<MachineChange>
}

const optional = (reason: string | undefined) => (reason === undefined ? {} : { reason })

const changes: readonly Change[] = [
  {
    name: 'suspend',
    description: 'allow a machine nothing until it is reinstated',
    wantsReason: false,
    call: (api, machine, reason) => api.call('suspendMachine', { params: { machine }, body: optional(reason) }),
  },
  {
    name: 'reinstate',
    description: 'let a suspended machine go on',
    wantsReason: false,
    call: (api, machine, reason) => api.call('reinstateMachine', { params: { machine }, body: optional(reason) }),
  },
  {
    name: 'release',
    description: 'let a machine out of quarantine, after you have looked at both sides',
    wantsReason: true,
    call: (api, machine, reason = '') => api.call('releaseMachine', { params: { machine }, body: { reason } }),
  },
  {
    name: 'revoke',
    description: 'cut a machine off, finally; nothing else is affected',
    wantsReason: true,
    call: (api, machine, reason = '') => api.call('revokeMachine', { params: { machine }, body: { reason } }),
  },
]

/** Adds suspend, reinstate, release and revoke. Each says what was measured, and when the machine was last allowed. */
export function addMachineChanges(machine: Command): void {
  for (const change of changes) {
    const command = withConnection(machine.command(`${change.name} <machine>`).description(change.description))
    const why = '--reason <text>'
    if (change.wantsReason) command.requiredOption(why, 'why, kept in the audit log')
    else command.option(why, 'why, kept in the audit log')
    command.action((reference: string, options: { reason?: string }) =>
      runCommand(options, async (run) => {
        const id = await findMachineId(run.api, reference)
        const result = await change.call(run.api, id, options.reason)
        run.print(result, describeChange(result, new Date()))
      }),
    )
  }
}

function describeChange({ machine, inForceAfterMs, lastAllowedAt }: MachineChange, now: Date): string {
  const last =
    lastAllowedAt === null
      ? 'It was never allowed anything.'
      : `Last allowed use ${lastAllowedAt} (${formatDistance(lastAllowedAt, now)}).`
  return `${showCell(machine.name)} (${machine.id}) is ${machine.state}.\nIn force on every node after ${inForceAfterMs} ms. ${last}`
}
