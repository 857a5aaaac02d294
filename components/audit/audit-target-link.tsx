import Link from 'next/link'
import { HostileText } from '@/components/common/hostile-text'
import { cn } from '@/components/ui/cn'
import type { AuditEvent } from '@/lib/contract/audit-events'
import { hrefOfAuditTarget } from '@/lib/client/audit-words'

export interface AuditTargetLinkProps {
  readonly target: AuditEvent['target']
  readonly maxLength?: number
  /** In tables: cut at the end of its cell. */
  readonly isOneLine?: boolean
}

/** What it was done to, as it was called then; leads to where it is now. */
export function AuditTargetLink({ target, maxLength = 64, isOneLine = false }: AuditTargetLinkProps) {
  const href = hrefOfAuditTarget(target)
  const name = <HostileText text={target.name} maxLength={maxLength} isOneLine={isOneLine} />
  if (href === null) return name
  return (
    <Link
      href={href}
      prefetch={false}
      className={cn('rounded-sm font-medium hover:underline', isOneLine && 'inline-block max-w-full align-middle')}
    >
      {name}
    </Link>
  )
}
