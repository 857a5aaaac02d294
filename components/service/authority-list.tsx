import { cn } from '@/components/ui/cn'
import type { Service } from '@/lib/contract/services'

export interface AuthorityListProps {
  readonly authorities: Service['authorities']
  /** More are counted. */
  readonly max?: number
  readonly isOneLine?: boolean
}

/** Where a service is reached. Canonical text: nothing in it can hide. */
export function AuthorityList({ authorities, max = 64, isOneLine = false }: AuthorityListProps) {
  if (authorities.length === 0) return <span className="text-warn">None: every request is denied</span>
  const more = authorities.length - max
  return (
    <ul className={cn('flex gap-x-2 gap-y-0.5 font-mono text-xs', isOneLine ? 'min-w-0' : 'flex-col')}>
      {authorities.slice(0, max).map(({ authority, pathPrefix }) => (
        <li key={authority + pathPrefix} className={isOneLine ? 'truncate' : 'wrap-anywhere'}>
          {authority}
          {pathPrefix !== '/' && <span className="text-quiet">{pathPrefix}</span>}
        </li>
      ))}
      {more > 0 && <li className="whitespace-nowrap text-quiet">+{more}</li>}
    </ul>
  )
}
