import { mkdir } from 'node:fs/promises'
import { createServer } from 'node:net'
import path from 'node:path'
import type { Cleanups } from '@/bench/cleanups'
import { findNginx } from '@/test/gateways/start-nginx'
import { serviceSlugs } from './company'
import { prepareRecords } from './office-work'
import type { DemoOptions } from './options'
import { bringPeople, type People } from './people'
import { runMachines, type Machines } from './run-machines'
import { startServer } from './start-server'
import { startServices, type GatewayProgram, type Places } from './start-services'

/** Everything that stands before anything happens. */
export interface Stage {
  /** Of the console. */
  readonly url: string
  /** Where machines have their state directories. */
  readonly states: string
  readonly program: GatewayProgram
  readonly people: People
  readonly places: Places
  readonly machines: Machines
}

/** Starts the server, its operators, the services with their gateways, and the machines; registers how all of it ends. `folder` is its own. */
export async function openStage(
  options: DemoOptions,
  folder: string,
  cleanups: Cleanups,
  onLost: (what: string) => void,
): Promise<Stage> {
  const program = chooseGateway(options.gateway)
  await requireFreePorts(options.port, 1 + serviceSlugs.length)
  const server = await startServer(folder, options.port, cleanups)
  server.process.child.once('exit', () => {
    if (!cleanups.isEnding) onLost('The server')
  })
  const people = await bringPeople(server.process, server.dataDirectory)
  const places = await startServices(people.asAdministrator, {
    ...{ serverPort: options.port, issuer: server.url, firstPort: options.port + 1, program, cleanups },
  })
  const states = path.join(folder, 'm')
  await mkdir(states, { mode: 0o700 })
  await prepareRecords(people, { serverUrl: server.url, folder: states, cleanups })
  const machines = await runMachines(people.asOnCall, server.url, states, cleanups)
  return { url: server.url, states, program, people, places, machines }
}

function chooseGateway(wanted: DemoOptions['gateway']): GatewayProgram {
  if (wanted === 'gate') return 'gate'
  if (findNginx() !== undefined) return 'nginx'
  if (wanted === 'nginx')
    throw new Error('nginx is not installed. On Debian or Ubuntu: sudo apt-get install nginx-light')
  return 'gate'
}

async function requireFreePorts(first: number, count: number): Promise<void> {
  for (let port = first; port < first + count; port++) {
    if (await isPortFree(port)) continue
    throw new Error(
      `something listens on port ${port} already. Choose where the demo's ${count} ports begin: npm run demo -- --port ${first + 100}`,
    )
  }
}

export function isPortFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer()
    server.once('error', () => resolve(false))
    server.listen(port, '127.0.0.1', () => server.close(() => resolve(true)))
  })
}
