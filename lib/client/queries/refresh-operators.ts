import type { QueryClient } from '@tanstack/react-query'
import { auditEventsKey } from './audit-event-queries'
import { operatorsKey } from './operator-queries'
import { selfKey } from './self-queries'
import { sessionsKey } from './session-queries'

/** After a change of operators or their credentials: it ends sessions, and stands in the audit log. */
export async function refreshOperators(queryClient: QueryClient): Promise<void> {
  const keys = [operatorsKey, selfKey, sessionsKey, auditEventsKey]
  await Promise.all(keys.map((queryKey) => queryClient.invalidateQueries({ queryKey })))
}
