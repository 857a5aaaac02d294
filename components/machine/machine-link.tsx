import Link from 'next/link'
import { HostileText } from '@/components/common/hostile-text'
import { cn } from '@/components/ui/cn'

export interface MachineLinkProps {
  readonly machine: { readonly id: string; readonly name: string | null }
  readonly isRowLink?: boolean
  readonly className?: string
}

/** A machine by its name, which it chose itself. */
export function MachineLink({ machine, isRowLink = false, className }: MachineLinkProps) {
  return (
    <Link
      href={`/machines/${machine.id}`}
      prefetch={false}
      data-row-link={isRowLink ? '' : undefined}
      className={cn('inline-block max-w-full rounded-sm align-middle font-medium hover:underline', className)}
    >
      {machine.name === null || machine.name === '' ? (
        <span className="text-quiet">Unnamed machine</span>
      ) : (
        <HostileText text={machine.name} maxLength={64} isOneLine />
      )}
    </Link>
  )
}
