import { Ban, CircleCheck, CircleDot, TimerOff } from 'lucide-react'
import type { ReactNode } from 'react'
import { Badge, type Tone } from '@/components/ui/badge'
import type { JoinToken } from '@/lib/contract/join-tokens'

/** Exhaustive: a new state does not compile until it has its look. */
const looks: Readonly<Record<JoinToken['state'], { name: string; tone: Tone; icon: ReactNode }>> = {
  usable: { name: 'Usable', tone: 'good', icon: <CircleDot aria-hidden /> },
  used: { name: 'Used up', tone: 'neutral', icon: <CircleCheck aria-hidden /> },
  expired: { name: 'Expired', tone: 'neutral', icon: <TimerOff aria-hidden /> },
  revoked: { name: 'Revoked', tone: 'neutral', icon: <Ban aria-hidden /> },
}

export function JoinTokenStateBadge({ state }: { readonly state: JoinToken['state'] }) {
  const { name, tone, icon } = looks[state]
  return (
    <Badge tone={tone} icon={icon}>
      {name}
    </Badge>
  )
}
