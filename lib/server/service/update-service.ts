import type { OperationInput } from '@/lib/contract/operation'
import type { Service, updateService as operation } from '@/lib/contract/services'
import { formatId } from '@/lib/domain/ids'
import { done, refuse, type Outcome } from '@/lib/domain/refusal'
import { insertAuditEvent } from '../audit/audit-store'
import { runChange } from '../audit/run-change'
import { originOf, type CallContext } from '../auth/call-context'
import type { Dependencies } from '../dependencies'
import { findClaimConflict } from './find-claim-conflict'
import { serviceNotFound } from './get-service'
import { presentService } from './present-service'
import { resolveAuthorities } from './resolve-authorities'
import { findService, lockService, replaceAuthorities, updateServiceRow } from './service-store'

type Input = Omit<OperationInput<typeof operation>['body'], 'ifVersion'>
/** What is in it is there: never a key whose value is undefined. */
type Changes = { [Name in keyof Input]?: Exclude<Input[Name], undefined> }

/**
 * Changes a service. What stays the same is no change: then neither its version nor the audit log grows.
 * The row lock waits for the batches that decided by the old settings, so the new ones are in force when the call returns.
 */
export async function updateService(
  deps: Dependencies,
  context: CallContext,
  reference: string,
  { ifVersion, ...input }: OperationInput<typeof operation>['body'],
): Promise<Outcome<Service>> {
  const resolved = input.authorities && resolveAuthorities(input.authorities)
  if (resolved?.outcome === 'refused') return resolved
  const authorities = resolved?.authorities

  let hasChanged = false
  const outcome = await runChange(deps, ['service'], async (tx): Promise<Outcome<Service>> => {
    hasChanged = false
    const id = (await findService(tx, reference))?.id
    if (id === undefined) return serviceNotFound(reference)
    const conflict = authorities && (await findClaimConflict(tx, authorities, id))
    if (conflict) return conflict
    await lockService(tx, id)
    const row = await findService(tx, reference)
    if (row === null) return serviceNotFound(reference)
    const before = presentService(row)
    if (ifVersion !== undefined && ifVersion !== before.version) {
      return refuse(
        'conflict',
        `The service has changed: it is at version ${before.version}, not ${ifVersion}. Read it again.`,
      )
    }
    const changes = findChanges(before, { ...input, ...(authorities && { authorities }) })
    if (Object.keys(changes).length === 0) return done(before)
    hasChanged = true

    const { authorities: newAuthorities, ...settings } = changes
    if (newAuthorities) await replaceAuthorities(tx, id, newAuthorities)
    await updateServiceRow(tx, id, settings)
    await insertAuditEvent(tx, {
      action: 'service.update',
      ...originOf(context),
      target: { id: formatId('svc', id), name: row.slug },
      detail: Object.fromEntries(
        Object.entries(changes).map(([key, to]) => [key, { from: before[key as keyof Input], to }]),
      ),
      at: deps.now(),
    })
    const after = await findService(tx, reference)
    return after === null ? serviceNotFound(reference) : done(presentService(after))
  })
  if (hasChanged && outcome.outcome === 'done') deps.notices.publish('services')
  return outcome
}

/** What is given and differs. Both sides are made by the same schema, so their JSON compares them. */
function findChanges(before: Service, input: Input): Changes {
  const entries = Object.entries(input).filter(
    ([key, value]) => value !== undefined && !isSame(before[key as keyof Input], value),
  )
  return Object.fromEntries(entries)
}

function isSame(a: unknown, b: unknown): boolean {
  return JSON.stringify(sorted(a)) === JSON.stringify(sorted(b))
}

/** Lists of a service are sets: their order means nothing, nor does that of labels. */
function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map((item) => JSON.stringify(sorted(item))).sort()
  if (typeof value !== 'object' || value === null) return value
  return Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1))
}
