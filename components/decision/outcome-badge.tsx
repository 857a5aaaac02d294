import { Check, Eye, X } from 'lucide-react'
import type { ReactNode } from 'react'
import { Badge, type Tone } from '@/components/ui/badge'
import type { DecisionOutcome } from '@/lib/domain/decision/decision-outcome'

/** Exhaustive: a new outcome does not compile until it has its look. */
export const outcomeLooks: Readonly<Record<DecisionOutcome, { name: string; tone: Tone; icon: ReactNode }>> = {
  allowed: { name: 'Allowed', tone: 'good', icon: <Check aria-hidden /> },
  denied: { name: 'Denied', tone: 'bad', icon: <X aria-hidden /> },
  observed: { name: 'Observed', tone: 'warn', icon: <Eye aria-hidden /> },
}

export function OutcomeBadge({ outcome }: { readonly outcome: DecisionOutcome }) {
  const { name, tone, icon } = outcomeLooks[outcome]
  return (
    <Badge tone={tone} icon={icon}>
      {name}
    </Badge>
  )
}
