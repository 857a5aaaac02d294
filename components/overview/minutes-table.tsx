import { formatLocal } from '@/components/ui/format-time'
import { Table, TableCell, TableHead, TableHeader, TableRow } from '@/components/ui/table'
import type { Overview } from '@/lib/contract/overview'

/** The numbers behind the chart, newest first. */
export function MinutesTable({ minutes }: { readonly minutes: Overview['minutes'] }) {
  return (
    <div className="relative h-56 overflow-y-auto rounded-md border border-line">
      <Table label="Decisions per minute in the last hour">
        <TableHead>
          <TableHeader>Minute</TableHeader>
          <TableHeader className="text-right">Allowed</TableHeader>
          <TableHeader className="text-right">Denied</TableHeader>
          <TableHeader className="text-right">Observed</TableHeader>
        </TableHead>
        <tbody>
          {minutes.toReversed().map((minute) => (
            <TableRow key={minute.at}>
              <TableCell className="h-7 py-0.5 tabular">{formatLocal(new Date(minute.at)).slice(11, 16)}</TableCell>
              {[minute.allowed, minute.denied, minute.observed].map((count, index) => (
                <TableCell key={index} className="h-7 py-0.5 text-right tabular">
                  {count.toLocaleString('en')}
                </TableCell>
              ))}
            </TableRow>
          ))}
        </tbody>
      </Table>
    </div>
  )
}
