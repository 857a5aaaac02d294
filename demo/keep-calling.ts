import { setTimeout as wait } from 'node:timers/promises'
import { workloads, type Call, type Environment, type Workload } from './company'
import type { DemoMachine, UnsignedRequest } from './demo-machine'
import type { Places } from './start-services'

/** Staging has less to do. */
const share: Record<Environment, number> = { production: 1, staging: 0.4 }
/** Work comes in waves, so that a chart of it has a shape. */
const waveMs = 11 * 60_000

/**
 * Lets one machine call its services until the signal, at its workload's pace. Nobody looks at the answers here: the
 * console does.
 *
 * @param find the machine as it is enrolled now
 */
export async function keepCalling(find: () => DemoMachine, places: Places, signal: AbortSignal): Promise<void> {
  const { workload: name, environment } = find().facts
  const workload = workloads.find((candidate) => candidate.name === name)
  if (!workload) throw new Error(`No workload is called ${name}.`)
  const phase = Math.random()
  while (!signal.aborted) {
    const wave = 1 + 0.45 * Math.sin(2 * Math.PI * (Date.now() / waveMs + phase))
    const meanMs = 60_000 / (workload.callsPerMinute * share[environment] * wave)
    // Exponential distances, as independent callers have them, without the longest.
    const pauseMs = Math.min(-Math.log(1 - Math.random()) * meanMs, 4 * meanMs)
    await wait(pauseMs, undefined, { signal }).catch(() => undefined)
    if (signal.aborted) return
    const call = chooseCall(workload, environment)
    // The agent is gone while the machine is enrolled anew, and gateways go before this ends.
    await find()
      .call(places[call.service], fillIn(call))
      .catch(() => undefined)
  }
}

function chooseCall(workload: Workload, environment: Environment): Call {
  const calls = workload.calls.filter(({ only }) => only === undefined || only === environment)
  let left = Math.random() * calls.reduce((sum, { weight }) => sum + weight, 0)
  for (const call of calls) {
    left -= call.weight
    if (left < 0) return call
  }
  throw new Error(`${workload.name} calls nothing in ${environment}.`)
}

/** The call with numbers of its own. */
export function fillIn(call: Pick<Call, 'method' | 'target' | 'body'>): UnsignedRequest {
  const number = () => String(10 + Math.floor(Math.random() * 89))
  return { method: call.method, target: call.target.replaceAll('#', number), ...(call.body && { body: call.body }) }
}
