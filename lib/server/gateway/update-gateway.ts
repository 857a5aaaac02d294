import type { Gateway, updateGateway as operation } from '@/lib/contract/gateways'
import type { OperationInput } from '@/lib/contract/operation'
import { maxGatewayKeys } from '@/lib/domain/gateway/gateway-profile'
import { done, refuse, type Outcome } from '@/lib/domain/refusal'
import type { CallContext } from '../auth/call-context'
import type { Dependencies } from '../dependencies'
import { changeGateway } from './change-gateway'
import { replaceGatewayServices, setGatewayMachine } from './gateway-store'
import { presentGateway } from './present-gateway'
import { resolveMachine, resolveServices } from './resolve-links'

/** Changes which services a gateway asks about, or which machine speaks for it. */
export async function updateGateway(
  deps: Dependencies,
  context: CallContext,
  reference: string,
  input: OperationInput<typeof operation>['body'],
): Promise<Outcome<Gateway>> {
  const outcome = await changeGateway(deps, context, reference, async (tx, row) => {
    const before = presentGateway(row)
    const slugsBefore = before.services.map(({ slug }) => slug).sort()
    const slugs = input.services === undefined ? slugsBefore : [...input.services].sort()
    const machineBefore = before.machine?.id ?? null
    const machineId = input.machineId === undefined ? machineBefore : input.machineId
    const changesServices = slugs.join(' ') !== slugsBefore.join(' ')
    const changesMachine = machineId !== machineBefore
    if (!changesServices && !changesMachine) return done(null)
    if (changesMachine && machineId !== null && row.keys.length > 0) {
      return refuse(
        'conflict',
        `The gateway has ${row.keys.length} of ${maxGatewayKeys} keys. Remove them before a machine speaks for it.`,
      )
    }

    const machine =
      changesMachine && machineId !== null ? await resolveMachine(tx, machineId, before.profile, before) : done(null)
    if (machine.outcome === 'refused') return machine
    const services = await resolveServices(tx, slugs)
    if (services.outcome === 'refused') return services
    if (changesMachine) await setGatewayMachine(tx, row.id, machine.value)
    if (changesServices) await replaceGatewayServices(tx, row.id, services.value)
    return done({
      action: 'gateway.update',
      detail: {
        ...(changesServices && { services: { from: slugsBefore, to: slugs } }),
        ...(changesMachine && { machineId: { from: machineBefore, to: machineId } }),
      },
    })
  })
  return outcome.outcome === 'refused' ? outcome : done(presentGateway(outcome.value))
}
