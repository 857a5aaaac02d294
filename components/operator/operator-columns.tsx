import { CircleCheck, CircleX } from 'lucide-react'
import type { ReactNode } from 'react'
import { HostileText } from '@/components/common/hostile-text'
import type { Column } from '@/components/table/data-table'
import { Badge } from '@/components/ui/badge'
import { Instant } from '@/components/ui/instant'
import type { Operator } from '@/lib/contract/operators'
import { OperatorStateBadge, RoleBadge } from './operator-badges'

export function operatorColumns(
  menu: (operator: Operator) => ReactNode,
  ownId: string | undefined,
): Column<Operator>[] {
  return [
    {
      id: 'name',
      header: 'Operator',
      className: 'min-w-44 max-w-72',
      cell: (operator) => (
        <span className="flex flex-col items-start py-1 leading-4">
          <span className="font-medium">
            <HostileText text={operator.name} maxLength={64} />
            {operator.id === ownId && <span className="font-normal text-quiet"> (you)</span>}
          </span>
          <HostileText text={operator.email} maxLength={80} className="text-xs text-quiet" />
        </span>
      ),
    },
    { id: 'role', header: 'Role', cell: ({ role }) => <RoleBadge role={role} /> },
    { id: 'state', header: 'State', cell: ({ state }) => <OperatorStateBadge state={state} /> },
    { id: 'factor', header: 'Second factor', cell: (operator) => <SecondFactor operator={operator} /> },
    {
      id: 'lastSignIn',
      header: 'Last sign-in',
      cell: ({ lastSignInAt }) =>
        lastSignInAt === null ? <span className="text-quiet">Never</span> : <Instant at={lastSignInAt} />,
    },
    { id: 'created', header: 'Created', cell: ({ createdAt }) => <Instant at={createdAt} /> },
    { id: 'menu', header: 'Actions', isHeaderHidden: true, className: 'w-10 text-right', cell: menu },
  ]
}

function SecondFactor({ operator }: { readonly operator: Operator }) {
  if (operator.hasTotp) {
    return (
      <Badge tone="good" icon={<CircleCheck aria-hidden />}>
        Set up
      </Badge>
    )
  }
  const isNeeded = operator.role === 'administrator'
  return (
    <Badge tone={isNeeded ? 'warn' : 'neutral'} icon={<CircleX aria-hidden />}>
      {isNeeded ? 'At next sign-in' : 'None'}
    </Badge>
  )
}
