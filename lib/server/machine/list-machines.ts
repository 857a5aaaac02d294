import type { Page } from '@/lib/contract/common'
import type { listMachines as operation, Machine } from '@/lib/contract/machines'
import type { OperationInput } from '@/lib/contract/operation'
import { done, refuse, type Outcome } from '@/lib/domain/refusal'
import type { Dependencies } from '../dependencies'
import { decodeCursor, pageFromRows } from '../http/page-cursor'
import { listMachineRows } from './machine-store'
import { presentMachine } from './present-machine'

/** A page of machines. */
export async function listMachines(
  deps: Dependencies,
  query: OperationInput<typeof operation>['query'],
): Promise<Outcome<Page<Machine>>> {
  // A cursor belongs to one order of the list.
  const list = `machines${query.sort}`
  const cursor = decodeCursor(list, ['instant', 'uuid'], query.cursor)
  if (cursor.outcome === 'refused') return cursor
  const [enrolledAt, id] = cursor.keys ?? []
  const labels = new Map<string, string>()
  for (const { key, value } of query.label ?? []) {
    if (labels.has(key) && labels.get(key) !== value) {
      const message = `no machine has two values of ${key}`
      return refuse('request_malformed', `query.label: ${message}.`, [{ path: 'query.label', message }])
    }
    labels.set(key, value)
  }
  const now = deps.now()
  const rows = await listMachineRows(deps.prisma, {
    state: query.state,
    name: query.name,
    namePrefix: query.namePrefix,
    labels: labels.size > 0 ? Object.fromEntries(labels) : undefined,
    sort: query.sort,
    after: enrolledAt === undefined || id === undefined ? undefined : { enrolledAt, id },
    now,
    limit: query.limit + 1,
  })
  const { trustDomain } = deps.deployment
  return done(
    pageFromRows(
      rows,
      query.limit,
      list,
      (row) => presentMachine(row, trustDomain, now),
      (row) => [row.enrolledAtText, row.id],
    ),
  )
}
