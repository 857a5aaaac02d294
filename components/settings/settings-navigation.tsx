'use client'

import Link from 'next/link'
import { usePathname } from 'next/navigation'
import { cn } from '@/components/ui/cn'

const sections = [
  { href: '/settings/operators', name: 'Operators' },
  { href: '/settings/sessions', name: 'Sessions' },
  { href: '/settings/api-tokens', name: 'API tokens' },
  { href: '/settings/account', name: 'Your account' },
  { href: '/settings/deployment', name: 'Deployment' },
] as const

/** The sections of the settings, each a page with an address of its own. */
export function SettingsNavigation() {
  const pathname = usePathname()
  return (
    <nav aria-label="Settings" className="border-b border-line pb-3">
      <ul className="-mx-2 flex flex-wrap gap-1">
        {sections.map(({ href, name }) => (
          <li key={href}>
            <Link
              href={href}
              aria-current={pathname === href ? 'page' : undefined}
              className={cn(
                'inline-flex h-8 items-center rounded-md px-2.5 font-medium text-quiet hover:bg-hover hover:text-text',
                pathname === href && 'bg-neutral-soft text-text',
              )}
            >
              {name}
            </Link>
          </li>
        ))}
      </ul>
    </nav>
  )
}
