import { existsSync } from 'node:fs'
import { readDirectoryLockHolder } from '@/lib/platform/read-directory-lock-holder'
import { ensurePrivateDirectory } from '@/lib/platform/ensure-private-directory'
import { AgentError, exitCodes } from '../agent-error'
import { say, writeTo, type Command } from '../cli/command'
import { commonOptions, parseOptions } from '../cli/parse-options'
import { escapeUntrusted } from '../escape-untrusted'
import { describeMachine, type MachineStatus } from '../machine/describe-machine'
import { notEnrolled } from '../machine/open-running-machine'
import { callAgentSocket } from '../socket/call-agent-socket'
import { describeHolder, readMachineState, type StoreHolder } from '../store/open-key-store'
import { resolveStateDirectory } from '../store/resolve-state-directory'

export const statusCommand: Command = {
  name: 'status',
  summary: 'show the machine, its generation, and what it may sign for',
  help: `Usage: countersign status [--json] [--state DIR]

  --json                one JSON object on standard output
  --state DIR           the state directory
`,
  async run(args, context) {
    const { values } = parseOptions(args, { ...commonOptions, json: { type: 'boolean' } } as const)
    const directory = resolveStateDirectory(values.state, context.env)
    if (!existsSync(directory)) throw notEnrolled(directory)
    await ensurePrivateDirectory(directory)
    const state = await readMachineState(directory)
    if (state === null) throw notEnrolled(directory)
    const holder: Partial<StoreHolder> | null = await readDirectoryLockHolder(directory)
    const live = typeof holder?.socket === 'string' ? await askAgent(holder.socket) : null
    if (live?.problem !== undefined) say(context, `The running agent does not answer: ${live.problem}`)
    const status = live?.status ?? describeMachine(state)
    const agent = holder === null ? null : { pid: holder.pid ?? null, socket: holder.socket ?? null }
    if (values.json === true) await writeTo(context.stdout, `${JSON.stringify({ ...status, agent }, null, 2)}\n`)
    else await writeTo(context.stdout, formatStatus(status, holder))
    return exitCodes.done
  },
}

async function askAgent(socket: string): Promise<{ status?: MachineStatus; problem?: string }> {
  try {
    return { status: (await callAgentSocket(socket, 'GET', '/status')) as unknown as MachineStatus }
  } catch (error) {
    if (error instanceof AgentError) return { problem: error.message }
    throw error
  }
}

function formatStatus(status: MachineStatus, holder: Partial<StoreHolder> | null): string {
  const rows: [string, string][] = [
    ['machine', `${status.machineId} ${status.name === '' ? '' : `(${status.name})`}`.trim()],
    ['SPIFFE ID', status.spiffeId],
    ['server', `${status.server}, key ${status.serverKeys[0] ?? 'unknown'}`],
    ['generation', `${status.generation}, expires ${status.expiresAt}`],
    ['held by', holder === null ? 'nobody: no agent runs' : describeHolder(holder)],
  ]
  if (status.isRenewalPending) rows.push(['renewal', 'begun and not answered yet; it is repeated with the same keys'])
  if (status.signing !== undefined) {
    rows.push(['signing', `generation ${status.signing.generation}, ${status.signing.usedNumbers} credentials made`])
  }
  for (const entry of status.services ?? []) {
    const places = entry.authorities.map((place) => `${place.authority}${place.pathPrefix}`).join(', ')
    rows.push(['service', `${entry.service} at ${places}; covers ${entry.coveredFields.join(', ') || 'no fields'}`])
  }
  return rows.map(([name, value]) => `${name.padEnd(12)}${escapeUntrusted(value)}\n`).join('')
}
