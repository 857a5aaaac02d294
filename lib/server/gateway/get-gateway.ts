import type { Gateway } from '@/lib/contract/gateways'
import { done, refuse, type Outcome, type Refusal } from '@/lib/domain/refusal'
import type { Dependencies } from '../dependencies'
import { findGateway } from './gateway-store'
import { presentGateway } from './present-gateway'

/** A gateway by name or id. */
export async function getGateway(deps: Dependencies, reference: string): Promise<Outcome<Gateway>> {
  const row = await findGateway(deps.prisma, reference)
  return row === null ? gatewayNotFound(reference) : done(presentGateway(row))
}

export function gatewayNotFound(reference: string): Refusal<'not_found'> {
  return refuse('not_found', `There is no gateway ${reference}.`)
}
