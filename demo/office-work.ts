import path from 'node:path'
import type { Cleanups } from '@/bench/cleanups'
import { DemoMachine } from './demo-machine'
import type { People } from './people'
import { pause, type Story } from './repeat'
import type { Machines } from './run-machines'

interface Place {
  readonly serverUrl: string
  /** Where machines have their state directories. */
  readonly folder: string
  readonly cleanups: Cleanups
}

/** What the operators did before the newcomer looked: tokens used and withdrawn, a machine taken out of service. */
export async function prepareRecords(people: People, place: Place): Promise<void> {
  const { asAdministrator, asOnCall } = people
  await asAdministrator('POST', '/api-tokens', { name: 'SIEM export', role: 'viewer', expiresInSeconds: 30 * 86_400 })
  await asAdministrator('POST', '/api-tokens', { name: 'deploy pipeline', role: 'operator' })
  const old = await asAdministrator<{ id: string }>('POST', '/api-tokens', {
    name: 'migration script',
    role: 'administrator',
  })
  await asAdministrator('POST', `/api-tokens/${old.id}/revoke`, {})

  await asOnCall('POST', '/join-tokens', {
    ...{ name: 'warehouse scanners', labels: { workload: 'scanner', env: 'production' }, usesAllowed: 40 },
    expiresInSeconds: 7 * 86_400,
  })
  const leaked = await asOnCall<{ id: string }>('POST', '/join-tokens', { name: 'pasted into a chat', usesAllowed: 5 })
  await asOnCall('POST', `/join-tokens/${leaked.id}/revoke`, {})

  const lastYear = await enrollOnce(people, place, 'orders-batch-2019', {
    workload: 'batch',
  })
  await asOnCall('POST', `/machines/${lastYear.id}/revoke`, {
    reason: 'Replaced by checkout; host returned to the pool.',
  })
  // It never renews: after ten minutes it shows what an expired machine looks like.
  await enrollOnce(people, place, 'ci-runner-8841', { workload: 'ci', env: 'staging' })
}

async function enrollOnce(
  people: People,
  place: Place,
  name: string,
  labels: { readonly workload: string; readonly env?: string },
): Promise<DemoMachine> {
  const made = await people.asOnCall<{ token: string }>('POST', '/join-tokens', {
    ...{ name, labels, machineLifetimeSeconds: 600 },
  })
  const facts = { name, workload: '', environment: 'staging', reported: {}, address: undefined, apiKey: '' } as const
  const machine = new DemoMachine(facts, place.serverUrl, path.join(place.folder, labels.workload), place.cleanups)
  await machine.enroll(made.token)
  return machine
}

/** Somebody works on a host: its machine is suspended meanwhile, and its calls are refused. */
export function maintenance(people: People, machines: Machines): Story {
  return {
    name: 'maintenance',
    firstAfterSeconds: 20,
    everySeconds: 240,
    async run(signal) {
      const { id } = machines.get('reporting-nightly-dev')
      await people.asOnCall('POST', `/machines/${id}/suspend`, { reason: 'Kernel update, OPS-531' })
      await pause(70, signal)
      if (signal.aborted) return
      await people.asOnCall('POST', `/machines/${id}/reinstate`, { reason: 'Kernel update done' })
    },
  }
}
