import { randomBytes } from 'node:crypto'
import path from 'node:path'
import type { Cleanups } from '@/bench/cleanups'
import { loopbackAddress } from './call-service'
import { environments, machineNames, workloads, type Environment, type Workload } from './company'
import { DemoMachine, type MachineFacts } from './demo-machine'
import type { Api } from './operator-session'

/** The twelve, by name, each as it is enrolled now. */
export interface Machines {
  all(): readonly DemoMachine[]
  get(name: string): DemoMachine
  /** A new identity for the same place, as after a rebuilt host. */
  replace(machine: DemoMachine, api: Api): Promise<void>
}

/** Processes that start at the same time: each takes a core for a moment. */
const startedAtOnce = 4

/**
 * Enrols three machines of each workload, with a join token for each workload and environment, and starts their agents.
 *
 * @param api as somebody who may make join tokens
 * @param folder where each has its state directory
 */
export async function runMachines(api: Api, serverUrl: string, folder: string, cleanups: Cleanups): Promise<Machines> {
  const machines = new Map<string, DemoMachine>()
  let made = 0
  const open = (facts: MachineFacts) => {
    // Short: the path of a Unix socket has fewer than 100 bytes.
    const machine = new DemoMachine(facts, serverUrl, path.join(folder, `m${++made}`), cleanups)
    machines.set(facts.name, machine)
    return machine
  }
  const waiting: { machine: DemoMachine; token: string }[] = []
  for (const [index, workload] of workloads.entries()) {
    for (const environment of environments) {
      const names = machineNames[workload.name]?.[environment] ?? []
      const token = await makeJoinToken(api, workload.name, environment, names.length)
      for (const name of names) {
        const apiKey = `mk_${environment === 'production' ? 'live' : 'test'}_${randomBytes(18).toString('base64url')}`
        const address = loopbackAddress(10 * (index + 1) + environments.indexOf(environment), 11 + machines.size)
        const facts = { name, workload: workload.name, environment, address, apiKey, reported: report(workload) }
        waiting.push({ machine: open(facts), token })
      }
    }
  }
  const startNext = async () => {
    for (let next = waiting.shift(); next; next = waiting.shift()) {
      await next.machine.enroll(next.token)
      await next.machine.startAgent()
    }
  }
  await Promise.all(Array.from({ length: startedAtOnce }, startNext))

  return {
    all: () => [...machines.values()],
    get(name) {
      const machine = machines.get(name)
      if (!machine) throw new Error(`No machine is called ${name}.`)
      return machine
    },
    async replace(machine, by) {
      const { workload, environment } = machine.facts
      await machine.forget()
      const token = await makeJoinToken(by, workload, environment, 1)
      const successor = open(machine.facts)
      await successor.enroll(token)
      await successor.startAgent()
    },
  }
}

async function makeJoinToken(api: Api, workload: string, env: Environment, usesAllowed: number): Promise<string> {
  const name = `${workload} ${env}`
  const made = await api<{ token: string }>('POST', '/join-tokens', {
    ...{ name, usesAllowed, labels: { workload, env }, expiresInSeconds: 3600 },
  })
  return made.token
}

function report(workload: Workload): Record<string, string> {
  return { image: `registry.meridian.example/${workload.name}:2026.11.3`, runtime: workload.runtime }
}
