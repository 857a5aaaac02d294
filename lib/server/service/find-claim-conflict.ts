import { findAuthorityOverlap, type ServiceAuthority } from '@/lib/domain/service/find-authority-overlap'
import { refuse, type Refusal } from '@/lib/domain/refusal'
import type { Transaction } from '../audit/transaction'
import { listClaims, lockAuthorities } from './service-store'

/** Whether another service claims one of these authorities. Nobody else can claim any until the transaction ends. */
export async function findClaimConflict(
  tx: Transaction,
  authorities: readonly ServiceAuthority[],
  exceptServiceId: string | null,
): Promise<Refusal<'conflict'> | null> {
  await lockAuthorities(tx)
  const hosts = [...new Set(authorities.map(({ authority }) => authority))]
  const overlap = findAuthorityOverlap(authorities, await listClaims(tx, hosts, exceptServiceId))
  if (overlap === null) return null
  const { ours, theirs } = overlap
  const detail =
    `${ours.authority}${ours.pathPrefix} overlaps with ${theirs.authority}${theirs.pathPrefix} of the service ${theirs.slug}: ` +
    'a request would belong to both. Give them path prefixes that exclude each other.'
  const path = `body.authorities.${authorities.indexOf(ours)}.authority`
  return refuse('conflict', detail, [{ path, message: `is claimed by the service ${theirs.slug}` }])
}
