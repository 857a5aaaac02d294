import { Command } from 'commander'
import type { Machine, MachineDetail } from '@/lib/contract/machines'
import { usageError } from '../admin-error'
import { findMachineId } from '../find-machine'
import { printPages, withPages, type ListOptions } from '../list-pages'
import { collect } from '../parse-values'
import { formatDistance, formatFields, formatLabels, formatTable } from '../print'
import { runCommand, withConnection } from '../run-command'
import { addMachineChanges } from './machine-change'

interface MachineListOptions extends ListOptions {
  state?: string
  name?: string
  namePrefix?: string
  label?: string[]
}

export function machineCommand(): Command {
  const machine = new Command('machine').description('enrolled machines, by id or by a name that only one has')

  withConnection(withPages(machine.command('list').description('list machines, newest first')))
    .option('--state <state>', 'pending, active, suspended, quarantined, expired or revoked')
    .option('--name <name>', 'exactly this name')
    .option('--name-prefix <text>', 'names that begin so')
    .option('--label <key=value>', 'machines with this label; may be repeated', collect)
    .action((options: MachineListOptions) =>
      runCommand(options, (run) => {
        const { state, name, namePrefix, label } = options
        const read = (page: object) =>
          run.api.call('listMachines', { query: { ...page, state, name, namePrefix, label } })
        return printPages(run, options, read, {
          header: ['id', 'state', 'gen', 'enrolled', 'expires', 'name', 'labels'],
          row: (item: Machine) => [
            item.id,
            item.state,
            item.generation,
            formatDistance(item.enrolledAt, run.now),
            formatDistance(item.expiresAt, run.now),
            item.name,
            formatLabels(item.labels),
          ],
          none: 'No machine is like that.',
        })
      }),
    )

  withConnection(machine.command('show <machine>').description('show a machine with its generations')).action(
    (reference: string, options: object) =>
      runCommand(options, async (run) => {
        const id = await findMachineId(run.api, reference)
        const found = await run.api.call('getMachine', { params: { machine: id } })
        run.print(found, showMachine(found, run.now))
      }),
  )

  addMachineChanges(machine)

  withConnection(
    machine.command('label <machine> [changes...]').description('set labels with key=value, take them away with key-'),
  )
    .option('--replace', 'take away all labels that are not given')
    .action((reference: string, changes: string[], options: { replace?: boolean }) =>
      runCommand(options, async (run) => {
        if (changes.length === 0 && !options.replace) throw usageError('Say which: machine label MACHINE env=prod old-')
        const id = await findMachineId(run.api, reference)
        const { labels: before } = await run.api.call('getMachine', { params: { machine: id } })
        const labels = applyLabelChanges(options.replace ? {} : before, changes)
        const { machine: after, inForceAfterMs } = await run.api.call('setMachineLabels', {
          params: { machine: id },
          body: { labels },
        })
        run.print(
          { machine: after, inForceAfterMs },
          formatFields([
            ['Machine', `${after.name} (${after.id})`],
            ['Labels', formatLabels(after.labels)],
            ['In force', `on every node after ${inForceAfterMs} ms`],
          ]),
        )
      }),
    )
  return machine
}

function applyLabelChanges(
  before: Readonly<Record<string, string>>,
  changes: readonly string[],
): Record<string, string> {
  const labels = new Map(Object.entries(before))
  for (const change of changes) {
    const cut = change.indexOf('=')
    if (cut > 0) labels.set(change.slice(0, cut), change.slice(cut + 1))
    else if (cut === -1 && change.endsWith('-') && change.length > 1) labels.delete(change.slice(0, -1))
    else throw usageError(`"${change}" is neither key=value nor key-.`)
  }
  return Object.fromEntries(labels)
}

function showMachine(machine: MachineDetail, now: Date): string {
  const fields = formatFields([
    ['Machine', machine.name],
    ['Id', machine.id],
    ['SPIFFE ID', machine.spiffeId],
    ['State', `${machine.state}, since ${machine.stateChangedAt} (${formatDistance(machine.stateChangedAt, now)})`],
    ['Reason', machine.stateReason],
    ['Labels', formatLabels(machine.labels)],
    ['Signs requests with', machine.requestAlgorithm],
    ['Expires', `${machine.expiresAt} (${formatDistance(machine.expiresAt, now)}) unless it renews`],
    ['Enrolled', `${machine.enrolledAt}${machine.enrolledFrom === null ? '' : ` from ${machine.enrolledFrom}`}`],
    ['Join token', machine.joinTokenId],
    ['It says of itself', Object.entries(machine.reported).map(([key, value]) => `${key}: ${value}`)],
  ])
  const rows = machine.generations.map((item) => [
    item.generation,
    item.createdAt,
    item.supersededAt,
    item.lastSeq,
    item.signingThumbprint,
  ])
  return `${fields}\n\n${formatTable(['generation', 'made', 'superseded', 'last seq', 'signing key'], rows)}`
}
