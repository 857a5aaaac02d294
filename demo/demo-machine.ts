import type { ChildProcess } from 'node:child_process'
import { cp, rm } from 'node:fs/promises'
import path from 'node:path'
import type { Cleanups } from '@/bench/cleanups'
import { createCountersignClient, type CountersignClient } from '@/agent/library/create-countersign-client'
import { runAgentCommand, startAgentCommand } from '@/test/setup/run-agent-command'
import { callService, type ServiceAnswer, type ServicePlace, type WireRequest } from './call-service'
import type { Environment } from './company'

export interface MachineFacts {
  readonly name: string
  readonly workload: string
  readonly environment: Environment
  readonly reported: Readonly<Record<string, string>>
  /** Where it calls from. */
  readonly address: string | undefined
  /** The static secret that the workload sends besides, as its first factor. */
  readonly apiKey: string
}

export interface UnsignedRequest {
  readonly method: string
  readonly target: string
  readonly body?: Readonly<Record<string, unknown>> | undefined
}

/** The header lines and the body of a call, before it is countersigned. */
export function writeRequest(apiKey: string, call: UnsignedRequest): WireRequest {
  const body = call.body && Buffer.from(JSON.stringify(call.body))
  return {
    method: call.method,
    target: call.target,
    headers: [['X-Api-Key', apiKey], ...(body ? [['Content-Type', 'application/json'] as const] : [])],
    body,
  }
}

/** A machine with a real agent: a process of its own, with a state directory of its own. */
export class DemoMachine {
  readonly facts: MachineFacts
  readonly #serverUrl: string
  readonly #state: string
  readonly #cleanups: Cleanups
  #stopAgent: (() => Promise<void>) | undefined
  #client: CountersignClient | undefined
  #id = ''

  /** @param state its state directory, which does not exist yet */
  constructor(facts: MachineFacts, serverUrl: string, state: string, cleanups: Cleanups) {
    this.facts = facts
    this.#serverUrl = serverUrl
    this.#state = state
    this.#cleanups = cleanups
  }

  get id(): string {
    return this.#id
  }

  /** `countersign enroll` with a join token, on standard input so that it stands in no list of processes. */
  async enroll(joinToken: string): Promise<void> {
    const reports = Object.entries(this.facts.reported).flatMap(([key, value]) => ['--report', `${key}=${value}`])
    const args = ['enroll', '--server', this.#serverUrl, '--token-file', '-', '--name', this.facts.name, ...reports]
    const enrolled = await runAgentCommand(this.#state, args, joinToken)
    const id = /mach_[0-9a-z]{26}/.exec(enrolled.stderr + enrolled.stdout)?.[0]
    if (enrolled.code !== 0 || id === undefined) throw new Error(`${this.facts.name}: ${enrolled.stderr}`)
    this.#id = id
  }

  /** `countersign agent`; resolves when it signs. */
  async startAgent(): Promise<void> {
    if (this.#cleanups.isEnding) throw new Error('The demo is ending.')
    const agent = startAgentCommand(this.#state, ['agent'])
    this.#stopAgent = this.#cleanups.add(() => endProcess(agent))
    agent.stdout?.resume()
    let said = ''
    const isRenewed = new Promise<boolean>((resolve) => {
      agent.stderr?.on('data', (part: Buffer) => {
        said = (said + part.toString()).slice(-2_000)
        if (said.includes('Renewed:')) resolve(true)
      })
      agent.once('exit', () => resolve(false))
      agent.once('error', () => resolve(false))
    })
    if (!(await isRenewed)) throw new Error(`The agent of ${this.facts.name} ended: ${said}`)
    this.#client = createCountersignClient({ stateDirectory: this.#state })
  }

  /** Replaces the keys, as the agent does by itself every hour. Answers false when the service refused. */
  async renew(): Promise<boolean> {
    return (await runAgentCommand(this.#state, ['renew'])).code === 0
  }

  /** A countersigned request, made and not sent. */
  async sign(place: ServicePlace, call: UnsignedRequest): Promise<WireRequest> {
    if (!this.#client) throw new Error(`${this.facts.name} has no agent.`)
    const written = writeRequest(this.facts.apiKey, call)
    const added = await this.#client.sign(`http://${place.host}${call.target}`, {
      method: call.method,
      headers: written.headers,
      ...(written.body && { body: written.body }),
    })
    return { ...written, headers: [...written.headers, ...added] }
  }

  async call(place: ServicePlace, call: UnsignedRequest): Promise<ServiceAnswer> {
    return callService(place, await this.sign(place, call), this.facts.address)
  }

  /** What a thief who reads the disk has: the state directory, without the sockets of the process that holds it. */
  async copyState(to: string, facts: Partial<MachineFacts>): Promise<DemoMachine> {
    await cp(this.#state, to, { recursive: true, filter: (file) => !/^lock\.\d+$|\.sock$/.test(path.basename(file)) })
    return new DemoMachine({ ...this.facts, ...facts }, this.#serverUrl, to, this.#cleanups)
  }

  async stopAgent(): Promise<void> {
    this.#client?.close()
    this.#client = undefined
    await this.#stopAgent?.()
    this.#stopAgent = undefined
  }

  /** The machine is gone, with everything that it knew. */
  async forget(): Promise<void> {
    await this.stopAgent()
    await rm(this.#state, { recursive: true, force: true })
  }
}

async function endProcess(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  const exited = new Promise((resolve) => child.once('exit', resolve))
  child.kill('SIGTERM')
  const impatient = setTimeout(() => child.kill('SIGKILL'), 3_000)
  await exited
  clearTimeout(impatient)
}
