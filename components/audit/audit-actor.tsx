import { HostileText } from '@/components/common/hostile-text'
import type { AuditEvent } from '@/lib/contract/audit-events'
import { auditActorTypeNames } from '@/lib/client/audit-words'

/** Who did it, as it was called then, and what kind of actor it is. */
export function AuditActorText({ actor, maxLength = 64 }: { actor: AuditEvent['actor']; maxLength?: number }) {
  const kind = auditActorTypeNames[actor.type]
  return (
    <span>
      <HostileText text={actor.name} maxLength={maxLength} />
      {kind !== actor.name && <span className="text-quiet">, {kind}</span>}
    </span>
  )
}
