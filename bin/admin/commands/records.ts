import { Command } from 'commander'
import type { AuditEvent } from '@/lib/contract/audit-events'
import type { Decision } from '@/lib/contract/decisions'
import { findMachineId } from '../find-machine'
import { printPages, withPages, type ListOptions } from '../list-pages'
import { parseInstant } from '../parse-values'
import { runCommand, withConnection } from '../run-command'

interface TimeOptions extends ListOptions {
  since?: string
  until?: string
}

interface DecisionOptions extends TimeOptions {
  machine?: string
  service?: string
  outcome?: string
  code?: string
}

function withTimes(command: Command): Command {
  return command
    .option('--since <when>', 'this instant or later: 2026-11-22T08:00:00Z, or 2h for two hours ago')
    .option('--until <when>', 'before this instant')
}

export function decisionsCommand(): Command {
  const decisions = new Command('decisions').description('every request that was decided')
  withConnection(withTimes(withPages(decisions.command('list').description('list decisions, newest first'))))
    .option('--machine <machine>', 'of this machine')
    .option('--service <service>', 'about this service')
    .option('--outcome <outcome>', 'allowed, denied or observed')
    .option('--code <code>', 'denied with this code')
    .action((options: DecisionOptions) =>
      runCommand(options, async (run) => {
        const { service, outcome, code } = options
        const machine = options.machine === undefined ? undefined : await findMachineId(run.api, options.machine)
        const times = readTimes(options, run.now)
        const read = (page: object) =>
          run.api.call('listDecisions', { query: { ...page, ...times, machine, service, outcome, code } })
        await printPages(run, options, read, {
          header: ['at', 'outcome', 'code', 'machine', 'service', 'request', 'from'],
          row: showDecision,
          none: 'No decision is like that.',
        })
      }),
    )
  return decisions
}

export function auditCommand(): Command {
  const audit = new Command('audit').description('what operators and the system did')
  withConnection(withTimes(withPages(audit.command('list').description('list audit events, newest first'))))
    .option('--action <action>', 'such as machine.revoke')
    .option('--target <id>', 'done to this')
    .action((options: TimeOptions & { action?: string; target?: string }) =>
      runCommand(options, (run) => {
        const { action, target } = options
        const times = readTimes(options, run.now)
        const read = (page: object) => run.api.call('listAuditEvents', { query: { ...page, ...times, action, target } })
        return printPages(run, options, read, {
          header: ['at', 'action', 'actor', 'target', 'id', 'reason'],
          row: (item: AuditEvent) => [
            item.at,
            item.action,
            item.actor.name,
            item.target.name,
            item.target.id,
            item.reason,
          ],
          none: 'No audit event is like that.',
        })
      }),
    )
  return audit
}

function readTimes({ since, until }: TimeOptions, now: Date) {
  return {
    since: since === undefined ? undefined : parseInstant(since, now),
    until: until === undefined ? undefined : parseInstant(until, now),
  }
}

function showDecision(item: Decision) {
  const machine = item.machine && (item.machine.name ?? item.machine.id)
  const request = item.method === null ? null : `${item.method} ${item.authority ?? ''}${item.path ?? ''}`
  return [
    item.at,
    item.count > 1 ? `${item.outcome} x${item.count}` : item.outcome,
    item.code,
    machine && item.generation !== null ? `${machine}.${item.generation}` : machine,
    item.service?.name,
    request,
    item.sourceAddress,
  ]
}
