import {
  Activity,
  Boxes,
  Gauge,
  KeySquare,
  ScrollText,
  Server,
  ShieldAlert,
  Settings,
  type LucideIcon,
} from 'lucide-react'

export interface NavigationItem {
  readonly href: string
  readonly name: string
  readonly icon: LucideIcon
  /** Second key after g. */
  readonly key: string
}

/** The pages, in the order of the navigation, the palette and the shortcuts. */
export const navigation: readonly NavigationItem[] = [
  { href: '/', name: 'Overview', icon: Gauge, key: 'o' },
  { href: '/machines', name: 'Machines', icon: Server, key: 'm' },
  { href: '/credential-use', name: 'Credential use', icon: Activity, key: 'c' },
  { href: '/services', name: 'Services', icon: Boxes, key: 's' },
  { href: '/enrollment', name: 'Enrolment', icon: KeySquare, key: 'e' },
  { href: '/audit-log', name: 'Audit log', icon: ScrollText, key: 'a' },
  { href: '/settings', name: 'Settings', icon: Settings, key: ',' },
]

export interface PaletteAction {
  readonly href: string
  readonly name: string
  readonly icon: LucideIcon
}

/** What pages can do, each by the address that begins it. The page itself says who may. */
export const paletteActions: readonly PaletteAction[] = [
  { href: '/services/new', name: 'New service', icon: Boxes },
  { href: '/enrollment?new=true', name: 'New join token', icon: KeySquare },
  { href: '/enrollment?tab=quarantine', name: 'Quarantined machines', icon: ShieldAlert },
]

export function isCurrentPage(href: string, pathname: string): boolean {
  return href === '/' ? pathname === '/' : pathname === href || pathname.startsWith(`${href}/`)
}
