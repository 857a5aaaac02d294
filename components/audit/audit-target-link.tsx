import Link from 'next/link'
import { HostileText } from '@/components/common/hostile-text'
import type { AuditEvent } from '@/lib/contract/audit-events'
import { hrefOfAuditTarget } from '@/lib/client/audit-words'

/** What it was done to, as it was called then; leads to where it is now. */
export function AuditTargetLink({ target, maxLength = 64 }: { target: AuditEvent['target']; maxLength?: number }) {
  const href = hrefOfAuditTarget(target)
  const name = <HostileText text={target.name} maxLength={maxLength} />
  if (href === null) return name
  return (
    <Link href={href} prefetch={false} className="rounded-sm font-medium hover:underline">
      {name}
    </Link>
  )
}
