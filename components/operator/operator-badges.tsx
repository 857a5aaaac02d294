import { CircleCheck, Eye, MailOpen, ShieldCheck, UserCog, type LucideIcon } from 'lucide-react'
import { Badge, type Tone } from '@/components/ui/badge'
import { roleTexts } from '@/lib/client/operator-actions'
import type { OperatorRole } from '@/lib/domain/operator/operator-role'
import type { OperatorState } from '@/lib/domain/operator/operator-state'

interface Look {
  readonly tone: Tone
  readonly icon: LucideIcon
}

const roleLooks: Readonly<Record<OperatorRole, Look>> = {
  viewer: { tone: 'neutral', icon: Eye },
  operator: { tone: 'info', icon: UserCog },
  administrator: { tone: 'accent', icon: ShieldCheck },
}

export const operatorStateLooks: Readonly<Record<OperatorState, Look & { readonly name: string }>> = {
  active: { name: 'Active', tone: 'good', icon: CircleCheck },
  invited: { name: 'Invited', tone: 'warn', icon: MailOpen },
}

export function RoleBadge({ role }: { readonly role: OperatorRole }) {
  const { tone, icon: Icon } = roleLooks[role]
  return (
    <Badge tone={tone} icon={<Icon aria-hidden />}>
      {roleTexts[role].name}
    </Badge>
  )
}

export function OperatorStateBadge({ state }: { readonly state: OperatorState }) {
  const { name, tone, icon: Icon } = operatorStateLooks[state]
  return (
    <Badge tone={tone} icon={<Icon aria-hidden />}>
      {name}
    </Badge>
  )
}
