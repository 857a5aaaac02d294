import type { z } from 'zod'
import type { addGatewayKey as operation } from '@/lib/contract/gateways'
import { canAddGatewayKey } from '@/lib/domain/gateway/gateway-can'
import { formatId } from '@/lib/domain/ids'
import { done, refuse, type Outcome } from '@/lib/domain/refusal'
import { describePrincipal, type CallContext } from '../auth/call-context'
import { createSecretToken } from '../auth/secret-token'
import type { Dependencies } from '../dependencies'
import { newUuid } from '../new-uuid'
import { changeGateway } from './change-gateway'
import { insertGatewayKey } from './gateway-store'

export type NewGatewayKey = z.output<typeof operation.response.schema>

/** Gives a gateway a key. The answer is the only place where it ever stands in clear. */
export async function addGatewayKey(
  deps: Dependencies,
  context: CallContext,
  reference: string,
): Promise<Outcome<NewGatewayKey>> {
  const { token, hash } = createSecretToken('csg_')
  const id = newUuid()
  const createdAt = deps.now()
  const createdBy = describePrincipal(context.principal)
  const outcome = await changeGateway(deps, context, reference, async (tx, gateway) => {
    const can = canAddGatewayKey(gateway)
    if (!can.can) return refuse('conflict', can.why)
    await insertGatewayKey(tx, {
      ...{ id, gatewayId: gateway.id, kind: 'secret', hash: new Uint8Array(hash), expiresAt: null },
      ...{ createdAt, createdBy },
    })
    return done({ action: 'gateway_key.add', detail: { keyId: formatId('gwk', id) } })
  })
  if (outcome.outcome === 'refused') return outcome
  return done({
    id: formatId('gwk', id),
    kind: 'secret',
    fingerprint: null,
    expiresAt: null,
    createdAt: createdAt.toISOString(),
    createdBy,
    gatewayId: formatId('gw', outcome.value.id),
    key: token,
  })
}
