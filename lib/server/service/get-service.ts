import type { Service } from '@/lib/contract/services'
import { done, refuse, type Outcome, type Refusal } from '@/lib/domain/refusal'
import type { Dependencies } from '../dependencies'
import { presentService } from './present-service'
import { findService } from './service-store'

/** A service by slug or id. */
export async function getService(deps: Dependencies, reference: string): Promise<Outcome<Service>> {
  const row = await findService(deps.prisma, reference)
  return row === null ? serviceNotFound(reference) : done(presentService(row))
}

export function serviceNotFound(reference: string): Refusal<'not_found'> {
  return refuse('not_found', `There is no service ${reference}.`)
}
