import { Archive, Eye, ShieldCheck } from 'lucide-react'
import type { ReactNode } from 'react'
import { Badge, type Tone } from '@/components/ui/badge'
import type { Service } from '@/lib/contract/services'
import type { ServiceMode } from '@/lib/domain/service/service-settings'

interface ModeLook {
  readonly name: string
  readonly tone: Tone
  readonly icon: ReactNode
}

/** Exhaustive: a new mode does not compile until it has its look. */
export const serviceModeLooks: Readonly<Record<ServiceMode, ModeLook>> = {
  enforce: { name: 'Enforce', tone: 'good', icon: <ShieldCheck aria-hidden /> },
  observe: { name: 'Observe', tone: 'warn', icon: <Eye aria-hidden /> },
}

/** What happens to requests now: a retired service denies all, whatever its mode. */
export function ServiceModeBadge({ service }: { readonly service: Pick<Service, 'mode' | 'state'> }) {
  if (service.state === 'retired') return <Badge icon={<Archive aria-hidden />}>Retired</Badge>
  const { name, tone, icon } = serviceModeLooks[service.mode]
  return (
    <Badge tone={tone} icon={icon}>
      {name}
    </Badge>
  )
}
