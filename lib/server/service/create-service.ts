import type { OperationInput } from '@/lib/contract/operation'
import type { createService as operation, Service } from '@/lib/contract/services'
import { formatId } from '@/lib/domain/ids'
import { done, refuse, type Outcome } from '@/lib/domain/refusal'
import { insertAuditEvent } from '../audit/audit-store'
import { findDatabaseErrorCode } from '../audit/database-error'
import { runChange } from '../audit/run-change'
import { originOf, type CallContext } from '../auth/call-context'
import type { Dependencies } from '../dependencies'
import { newUuid } from '../new-uuid'
import { findClaimConflict } from './find-claim-conflict'
import { presentService } from './present-service'
import { resolveAuthorities } from './resolve-authorities'
import { findService, insertService } from './service-store'

/** Makes a service. Refused when its slug is taken or another service claims one of its authorities. */
export async function createService(
  deps: Dependencies,
  context: CallContext,
  input: OperationInput<typeof operation>['body'],
): Promise<Outcome<Service>> {
  const resolved = resolveAuthorities(input.authorities)
  if (resolved.outcome === 'refused') return resolved
  const { authorities } = resolved
  const id = newUuid()
  const { slug, authorities: _given, name = slug, ...settings } = input
  const taken = refuse('conflict', `The slug ${slug} is taken. Slugs are never given twice.`, [
    { path: 'body.slug', message: 'is taken, and slugs are never given twice' },
  ])
  try {
    const outcome = await runChange(deps, ['service'], async (tx): Promise<Outcome<Service>> => {
      const conflict = await findClaimConflict(tx, authorities, null)
      if (conflict !== null) return conflict
      if ((await findService(tx, slug)) !== null) return taken
      const at = deps.now()
      await insertService(tx, { id, slug, name, state: 'active', createdAt: at, ...settings }, authorities)
      await insertAuditEvent(tx, {
        action: 'service.create',
        ...originOf(context),
        target: { id: formatId('svc', id), name: slug },
        detail: { name, authorities: authorities.map((item) => ({ ...item })), ...settings },
        at,
      })
      const created = await findService(tx, slug)
      if (created === null) throw new Error('The service that was just made is missing.')
      return done(presentService(created))
    })
    if (outcome.outcome === 'done') deps.notices.publish('services')
    return outcome
  } catch (error) {
    if (findDatabaseErrorCode(error) === 'unique_violation') return taken
    throw error
  }
}
