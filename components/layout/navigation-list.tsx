'use client'

import Link from 'next/link'
import { usePathname } from 'next/navigation'
import { cn } from '@/components/ui/cn'
import { isCurrentPage, navigation } from './navigation'

export function NavigationList({ onNavigate }: { readonly onNavigate?: () => void }) {
  const pathname = usePathname()
  return (
    <nav aria-label="Pages of the console">
      <ul className="flex flex-col gap-px">
        {navigation.map(({ href, name, icon: Icon }) => {
          const isCurrent = isCurrentPage(href, pathname)
          return (
            <li key={href}>
              <Link
                href={href}
                aria-current={isCurrent ? 'page' : undefined}
                {...(onNavigate && { onClick: onNavigate })}
                className={cn(
                  'flex h-8 items-center gap-2.5 rounded-md px-2 text-quiet hover:bg-hover hover:text-text',
                  isCurrent && 'bg-hover font-medium text-text',
                )}
              >
                <Icon aria-hidden className={cn('size-4', isCurrent && 'text-accent')} />
                {name}
              </Link>
            </li>
          )
        })}
      </ul>
    </nav>
  )
}
