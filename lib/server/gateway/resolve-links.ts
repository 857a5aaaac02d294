import { canBindMachine, type GatewayProfile } from '@/lib/domain/gateway/gateway-profile'
import { parseId } from '@/lib/domain/ids'
import { done, refuse, type Outcome } from '@/lib/domain/refusal'
import type { Transaction } from '../audit/transaction'
import { findServiceIds } from '../service/service-store'
import { findGatewayOfMachine } from '../machine/machine-gateway-store'
import { lockMachineForBinding } from './gateway-store'

/** The ids of the services that a gateway is to ask about. Refused when one of them does not exist. */
export async function resolveServices(tx: Transaction, slugs: readonly string[]): Promise<Outcome<string[]>> {
  const ids = await findServiceIds(tx, slugs)
  const missing = slugs.find((slug) => !ids.has(slug))
  if (missing === undefined) return done([...ids.values()])
  const message = `There is no service ${missing}.`
  return refuse('request_malformed', `body.services: ${message}`, [{ path: 'body.services', message }])
}

/** The machine that a gateway is to be bound to, as its UUID, locked until the transaction ends. */
export async function resolveMachine(
  tx: Transaction,
  machineId: string,
  profile: GatewayProfile,
  gateway: { readonly name: string },
): Promise<Outcome<string>> {
  const can = canBindMachine(profile)
  if (!can.can) return refuse('conflict', can.why)
  const uuid = parseId('mach', machineId)
  const machine = uuid === null ? null : await lockMachineForBinding(tx, uuid)
  if (uuid === null || machine === null) {
    const message = `There is no machine ${machineId}.`
    return refuse('request_malformed', `body.machineId: ${message}`, [{ path: 'body.machineId', message }])
  }
  if (machine.state === 'revoked') return refuse('conflict', 'The machine is revoked, and revocation is final.')
  const other = await findGatewayOfMachine(tx, uuid)
  if (other !== null && other.name !== gateway.name) {
    return refuse('conflict', `The machine speaks for the gateway ${other.name} already.`)
  }
  return done(uuid)
}
