import type { Gateway } from '@/lib/contract/gateways'
import { parseId } from '@/lib/domain/ids'
import { done, refuse, type Outcome } from '@/lib/domain/refusal'
import type { CallContext } from '../auth/call-context'
import type { Dependencies } from '../dependencies'
import { changeGateway } from './change-gateway'
import { deleteGatewayKey } from './gateway-store'
import { presentGateway } from './present-gateway'

/** Removes a key of a gateway. No request that carries it is allowed once the call has returned. */
export async function removeGatewayKey(
  deps: Dependencies,
  context: CallContext,
  reference: string,
  keyId: string,
): Promise<Outcome<Gateway>> {
  const outcome = await changeGateway(deps, context, reference, async (tx, gateway) => {
    const id = parseId('gwk', keyId)
    const isDeleted = id !== null && (await deleteGatewayKey(tx, gateway.id, id))
    if (!isDeleted) return refuse('not_found', `The gateway ${gateway.name} has no key ${keyId}.`)
    return done({ action: 'gateway_key.remove', detail: { keyId } })
  })
  return outcome.outcome === 'refused' ? outcome : done(presentGateway(outcome.value))
}
