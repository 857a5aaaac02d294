import type { createGateway as operation, Gateway } from '@/lib/contract/gateways'
import type { OperationInput } from '@/lib/contract/operation'
import { formatId } from '@/lib/domain/ids'
import { done, refuse, type Outcome } from '@/lib/domain/refusal'
import { insertAuditEvent } from '../audit/audit-store'
import { findDatabaseErrorCode } from '../audit/database-error'
import { runChange } from '../audit/run-change'
import { originOf, type CallContext } from '../auth/call-context'
import type { Dependencies } from '../dependencies'
import { newUuid } from '../new-uuid'
import { bumpServiceVersions } from '../service/service-store'
import { findGateway, insertGateway } from './gateway-store'
import { gatewayNotFound } from './get-gateway'
import { presentGateway } from './present-gateway'
import { resolveMachine, resolveServices } from './resolve-links'

/** Makes a gateway without keys. Refused when its name is taken, or its machine speaks for another gateway. */
export async function createGateway(
  deps: Dependencies,
  context: CallContext,
  input: OperationInput<typeof operation>['body'],
): Promise<Outcome<Gateway>> {
  const { name, profile, services, machineId } = input
  const id = newUuid()
  const taken = refuse('conflict', `A gateway named ${name} exists already.`, [
    { path: 'body.name', message: 'is the name of another gateway' },
  ])
  try {
    const outcome = await runChange(deps, ['machine', 'service'], async (tx): Promise<Outcome<Gateway>> => {
      if ((await findGateway(tx, name)) !== null) return taken
      const serviceIds = await resolveServices(tx, services)
      if (serviceIds.outcome === 'refused') return serviceIds
      const machine = machineId === undefined ? done(null) : await resolveMachine(tx, machineId, profile, { name })
      if (machine.outcome === 'refused') return machine
      const at = deps.now()
      await insertGateway(tx, { id, name, profile, machineId: machine.value, createdAt: at }, serviceIds.value)
      await bumpServiceVersions(tx, serviceIds.value)
      await insertAuditEvent(tx, {
        action: 'gateway.create',
        ...originOf(context),
        target: { id: formatId('gw', id), name },
        detail: { profile, services, machineId: machineId ?? null },
        at,
      })
      const created = await findGateway(tx, name)
      return created === null ? gatewayNotFound(name) : done(presentGateway(created))
    })
    if (outcome.outcome === 'done') deps.notices.publish('services')
    return outcome
  } catch (error) {
    // Somebody else came first, between the look and the insert.
    if (findDatabaseErrorCode(error) === 'unique_violation') {
      return machineId === undefined
        ? taken
        : refuse('conflict', 'The name is taken, or the machine speaks for another gateway.')
    }
    throw error
  }
}
