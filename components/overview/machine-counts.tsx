import Link from 'next/link'
import { machineStateLooks } from '@/components/machine/machine-state-badge'
import { cn } from '@/components/ui/cn'
import type { Overview } from '@/lib/contract/overview'
import { machineStates, type MachineState } from '@/lib/domain/machine/machine-state'

const order: readonly MachineState[] = ['active', 'quarantined', 'suspended', 'pending', 'expired', 'revoked']

const iconColours: Readonly<Record<MachineState, string>> = {
  active: 'text-good',
  quarantined: 'text-bad',
  suspended: 'text-warn',
  pending: 'text-info',
  expired: 'text-quiet',
  revoked: 'text-quiet',
}

/** How many machines are in each state; each number leads to them. */
export function MachineCounts({ counts }: { readonly counts: Overview['machinesByState'] }) {
  const total = machineStates.reduce((sum, state) => sum + counts[state], 0)
  return (
    <section aria-label={`Machines by state, ${total.toLocaleString('en')} in all`}>
      <ul className="grid grid-cols-2 overflow-hidden rounded-lg border border-line bg-line gap-px sm:grid-cols-3 lg:grid-cols-6">
        {order.map((state) => {
          const { name, icon } = machineStateLooks[state]
          const count = counts[state]
          const isAlarming = state === 'quarantined' && count > 0
          return (
            <li key={state} className="bg-raised">
              <Link
                href={`/machines?state=${state}`}
                className="flex h-full flex-col gap-1 px-4 py-3 -outline-offset-2 hover:bg-hover"
              >
                <span className="flex items-center gap-1.5 text-xs text-quiet [&_svg]:size-3.5">
                  <span className={cn('inline-flex', iconColours[state])}>{icon}</span>
                  {name}
                </span>
                <span
                  className={cn(
                    'text-2xl font-semibold tracking-tight tabular',
                    count === 0 && 'text-faint',
                    isAlarming && 'text-bad',
                  )}
                >
                  {count.toLocaleString('en')}
                  <span className="sr-only"> {count === 1 ? 'machine' : 'machines'}</span>
                </span>
              </Link>
            </li>
          )
        })}
      </ul>
    </section>
  )
}
