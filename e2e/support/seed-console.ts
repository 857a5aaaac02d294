import { makeRequest, prepareService, type PreparedService } from '@/test/setup/prepare-service'
import type { TestMachine } from '@/test/setup/test-machine'
import type { ConsoleServer } from './open-console'

export interface SeededConsole {
  readonly service: PreparedService
  /** Machines in the states that need an operator, one that works, and one whose name attacks. For stories that leave them so. */
  readonly machines: Readonly<Record<'active' | 'suspended' | 'revoked' | 'quarantined' | 'hostile', TestMachine>>
  /** A machine's next request, asked about as nginx asks; `allowed`, or the code of the denial. */
  call(machine: TestMachine, target?: string): Promise<string>
}

/** A name that tries what a page must not do: markup, an order of writing that lies, and what cannot be seen. */
export const hostileName = '<img src=x onerror=alert(1)>\u202Egnp.exe\u200B'
export const hostileTarget = '/v1/"><script>alert(1)</script>/%E2%80%AE'

/** Traffic as it comes in a day: allowed, replayed, revoked, suspended, a fork, and texts of an attacker. */
export async function seedConsole({ server }: ConsoleServer): Promise<SeededConsole> {
  const service = await prepareService(server)
  const labels = { environment: 'production', workload: 'checkout' }
  const machines = {
    active: await service.enroll('checkout-1', labels),
    suspended: await service.enroll('billing-1', { environment: 'staging', workload: 'billing' }),
    revoked: await service.enroll('reporting-1', { environment: 'production', workload: 'reporting' }),
    quarantined: await service.enroll('inventory-1', { environment: 'staging', workload: 'inventory' }),
    hostile: await service.enroll(hostileName, labels),
  }
  const send = (machine: TestMachine, target: string) => makeRequest(machine, { authority: service.authority, target })
  const call = async (machine: TestMachine, target = '/v1/orders') =>
    (await service.ask(server, send(machine, target))).code
  for (const machine of Object.values(machines)) await expectCode(call(machine), 'allowed')
  // Nobody signs such a path; an attacker sends it as it is.
  await service.ask(server, { method: 'GET', target: hostileTarget, authority: service.authority, headers: [] })

  const captured = send(machines.active, '/v1/orders/7')
  await service.ask(server, captured)
  await service.ask(server, captured)
  await service.ask(server, { ...captured, headers: [['authorization', 'Bearer stolen']] })

  for (const [machine, action, reason] of [
    [machines.suspended, 'suspend', 'Deployment frozen over the weekend.'],
    [machines.revoked, 'revoke', 'Its disk was found on a public bucket.'],
  ] as const) {
    const answer = await server.api('POST', `/machines/${machine.id}/${action}`, { reason })
    if (answer.status !== 200) throw new Error(`${action} answered ${answer.status}`)
    await call(machine)
  }

  // Two machines with the same keys: both count on from where the copy was made.
  const copy = machines.quarantined.copy()
  await call(machines.quarantined)
  await call(copy)
  return { service, machines, call }
}

async function expectCode(asked: Promise<string>, code: string): Promise<void> {
  const answered = await asked
  if (answered !== code) throw new Error(`Expected ${code}, was answered ${answered}.`)
}
