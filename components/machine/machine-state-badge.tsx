import { Ban, CircleCheck, Clock, PauseCircle, ShieldAlert, TimerOff } from 'lucide-react'
import type { ReactNode } from 'react'
import { Badge, type Tone } from '@/components/ui/badge'
import type { MachineState } from '@/lib/domain/machine/machine-state'

interface StateLook {
  readonly name: string
  readonly tone: Tone
  readonly icon: ReactNode
}

/** Exhaustive: a new state does not compile until it has its look. */
export const machineStateLooks: Readonly<Record<MachineState, StateLook>> = {
  pending: { name: 'Pending', tone: 'info', icon: <Clock aria-hidden /> },
  active: { name: 'Active', tone: 'good', icon: <CircleCheck aria-hidden /> },
  suspended: { name: 'Suspended', tone: 'warn', icon: <PauseCircle aria-hidden /> },
  quarantined: { name: 'Quarantined', tone: 'bad', icon: <ShieldAlert aria-hidden /> },
  expired: { name: 'Expired', tone: 'neutral', icon: <TimerOff aria-hidden /> },
  revoked: { name: 'Revoked', tone: 'neutral', icon: <Ban aria-hidden /> },
}

export function MachineStateBadge({ state }: { readonly state: MachineState }) {
  const { name, tone, icon } = machineStateLooks[state]
  return (
    <Badge tone={tone} icon={icon}>
      {name}
    </Badge>
  )
}
