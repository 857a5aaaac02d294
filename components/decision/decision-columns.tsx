import type { ReactNode } from 'react'
import { HostileText } from '@/components/common/hostile-text'
import type { Column } from '@/components/table/data-table'
import { MachineLink } from '@/components/machine/machine-link'
import { Instant } from '@/components/ui/instant'
import type { Decision } from '@/lib/contract/decisions'
import { DecisionReason } from './decision-reason'
import { OutcomeBadge } from './outcome-badge'
import { RequestText } from './request-text'

export interface DecisionColumnsInput {
  /** What opens the decision: a button or a link around the instant, marked `data-row-link`. */
  readonly open: (decision: Decision) => ReactNode
  /** The machine's own page does not name it in each row. */
  readonly hasMachine?: boolean
}

export function decisionColumns({ open, hasMachine = true }: DecisionColumnsInput): Column<Decision>[] {
  return [
    { id: 'at', header: 'Time', className: 'whitespace-nowrap', cell: open },
    { id: 'outcome', header: 'Decision', cell: (decision) => <OutcomeBadge outcome={decision.outcome} /> },
    // Beside the decision, so that a phone shows it without scrolling.
    {
      id: 'reason',
      header: 'Reason',
      className: 'whitespace-nowrap',
      cell: (decision) => <DecisionReason decision={decision} />,
    },
    ...(hasMachine
      ? [
          {
            id: 'machine',
            header: 'Machine',
            className: 'min-w-32 max-w-44 lg:max-w-60',
            cell: ({ machine }: Decision) =>
              machine === null ? <span className="text-quiet">Not proven</span> : <MachineLink machine={machine} />,
          },
        ]
      : []),
    {
      id: 'service',
      header: 'Service',
      className: 'max-w-36',
      cell: ({ service }) =>
        service === null ? (
          <span className="text-faint">–</span>
        ) : (
          <span className={service.id === null ? 'text-quiet' : ''}>
            <HostileText text={service.name} maxLength={40} isOneLine />
          </span>
        ),
    },
    {
      id: 'request',
      header: 'Request',
      className: 'w-full max-w-0 min-w-52',
      cell: (decision) => <RequestText decision={decision} />,
    },
    {
      id: 'source',
      header: 'From',
      className: 'max-w-40',
      cell: ({ sourceAddress }) =>
        sourceAddress === null ? (
          <span className="text-faint">–</span>
        ) : (
          <HostileText text={sourceAddress} maxLength={45} isOneLine className="font-mono text-xs" />
        ),
    },
  ]
}

/** The instant of a row as the button that opens its panel. The record's own instants stand there. */
export function OpenDecision({ at, onOpen, show }: { at: string; onOpen: () => void; show: 'relative' | 'clock' }) {
  return (
    <button type="button" data-row-link onClick={onOpen} className="rounded-sm text-left hover:underline">
      <Instant at={at} show={show} isInControl />
      <span className="sr-only">, open decision</span>
    </button>
  )
}
