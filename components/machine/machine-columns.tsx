import type { Column } from '@/components/table/data-table'
import { HostileText } from '@/components/common/hostile-text'
import { LabelList } from '@/components/common/label-list'
import { Identifier } from '@/components/ui/identifier'
import { Instant } from '@/components/ui/instant'
import type { SortDirection } from '@/components/ui/table'
import type { Machine, MachineSort } from '@/lib/contract/machines'
import type { MachineActivity } from '@/lib/contract/overview'
import type { MachineActionName } from '@/lib/client/machine-actions'
import { MachineLink } from './machine-link'
import { MachineRowMenu } from './machine-row-menu'
import { MachineStateBadge } from './machine-state-badge'

export interface MachineColumnsInput {
  readonly sort: MachineSort
  readonly onSort: (column: 'name' | 'enrolledAt') => void
  readonly activity: ReadonlyMap<string, MachineActivity>
  readonly onAction: (action: MachineActionName, machine: Machine) => void
}

export function machineColumns({ sort, onSort, activity, onAction }: MachineColumnsInput): Column<Machine>[] {
  const directionOf = (column: 'name' | 'enrolledAt'): SortDirection | null => {
    if (sort === column) return 'ascending'
    return sort === `-${column}` ? 'descending' : null
  }
  return [
    {
      id: 'name',
      header: 'Name',
      sort: { direction: directionOf('name'), onSort: () => onSort('name') },
      className: 'min-w-40 max-w-52 lg:max-w-64',
      cell: (machine) => (
        <span className="flex flex-col items-start leading-4">
          <MachineLink machine={machine} isRowLink />
          <Identifier value={machine.id} what="machine ID" hasCopy={false} className="text-quiet" />
        </span>
      ),
    },
    { id: 'state', header: 'State', cell: (machine) => <MachineStateBadge state={machine.state} /> },
    {
      id: 'labels',
      header: 'Labels',
      className: 'max-w-56',
      cell: (machine) => <LabelList labels={machine.labels} max={2} isCompact />,
    },
    {
      id: 'platform',
      header: 'Platform',
      className: 'max-w-40 max-[1400px]:hidden',
      cell: (machine) => <Platform reported={machine.reported} />,
    },
    {
      id: 'lastAllowed',
      header: 'Last allowed',
      cell: (machine) => {
        const at = activity.get(machine.id)?.lastAllowedAt
        if (at === undefined) return <span className="text-faint">…</span>
        return at === null ? <span className="text-quiet">Never</span> : <Instant at={at} />
      },
    },
    {
      id: 'allowed',
      header: 'Allowed, 1 h',
      className: 'text-right',
      cell: (machine) => <Count value={activity.get(machine.id)?.allowedLastHour} />,
    },
    {
      id: 'denied',
      header: 'Denied, 1 h',
      className: 'text-right',
      cell: (machine) => <Count value={activity.get(machine.id)?.deniedLastHour} isBad />,
    },
    {
      id: 'generation',
      header: 'Generation',
      className: 'text-right max-[1400px]:hidden',
      cell: (machine) => <Count value={machine.generation} />,
    },
    {
      id: 'enrolledAt',
      header: 'Enrolled',
      sort: { direction: directionOf('enrolledAt'), onSort: () => onSort('enrolledAt') },
      cell: (machine) => <Instant at={machine.enrolledAt} />,
    },
    {
      id: 'menu',
      header: 'Actions',
      isHeaderHidden: true,
      className: 'w-10 text-right',
      cell: (machine) => <MachineRowMenu machine={machine} onAction={(action) => onAction(action, machine)} />,
    },
  ]
}

function Count({ value, isBad = false }: { readonly value: number | undefined; readonly isBad?: boolean }) {
  if (value === undefined) return <span className="text-faint">…</span>
  const look = value === 0 ? 'text-quiet' : isBad ? 'font-medium text-bad' : ''
  return <span className={`tabular ${look}`}>{value.toLocaleString('en')}</span>
}

/** What the machine says of itself. */
function Platform({ reported }: { readonly reported: Machine['reported'] }) {
  const text = [reported['platform'] ?? reported['os'], reported['arch']].filter(Boolean).join(' ')
  if (text === '') return <span className="text-quiet">Not reported</span>
  return <HostileText text={text} maxLength={32} isOneLine />
}
