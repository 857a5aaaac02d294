'use client'

import type { ReactNode } from 'react'
import { cn } from '@/components/ui/cn'
import {
  SkeletonRows,
  SortableHeader,
  Table,
  TableCell,
  TableHead,
  TableHeader,
  TableRow,
  type SortDirection,
} from '@/components/ui/table'
import { useRowKeys } from './use-row-keys'

export interface Column<Row> {
  readonly id: string
  readonly header: ReactNode
  /** Read out and not shown: the column of row menus. */
  readonly isHeaderHidden?: boolean
  readonly cell: (row: Row) => ReactNode
  readonly sort?: { readonly direction: SortDirection | null; readonly onSort: () => void }
  readonly className?: string
}

export interface DataTableProps<Row> {
  readonly label: string
  readonly columns: readonly Column<Row>[]
  /** Undefined while the first ones load. */
  readonly rows: readonly Row[] | undefined
  readonly rowKey: (row: Row) => string
  /** Old rows stay, dimmed, while the next ones load. */
  readonly isStale?: boolean
  /** The row whose panel is open. */
  readonly currentKey?: string | null
  /** Stands in place of rows: empty, filtered-empty, forbidden, failed. */
  readonly state?: ReactNode
  readonly skeletonRows?: number
}

/**
 * A table whose rows j and k walk through. The first link or button marked `data-row-link` in a row is what Enter opens.
 */
export function DataTable<Row>(props: DataTableProps<Row>) {
  const { label, columns, rows, rowKey, isStale = false, currentKey, state, skeletonRows = 8 } = props
  const region = useRowKeys()
  if (state !== undefined && state !== null) return <div>{state}</div>
  return (
    <div ref={region} className={cn('transition-opacity', isStale && 'opacity-60')}>
      <Table label={label} isBusy={rows === undefined || isStale}>
        <TableHead>
          {columns.map((column) =>
            column.sort ? (
              <SortableHeader key={column.id} {...column.sort} className={cn(column.className)}>
                {column.header}
              </SortableHeader>
            ) : (
              <TableHeader key={column.id} className={column.className}>
                {column.isHeaderHidden === true ? <span className="sr-only">{column.header}</span> : column.header}
              </TableHeader>
            ),
          )}
        </TableHead>
        <tbody>
          {rows === undefined ? (
            <SkeletonRows columns={columns.length} rows={skeletonRows} />
          ) : (
            rows.map((row) => {
              const key = rowKey(row)
              return (
                <TableRow key={key} data-current={key === currentKey ? '' : undefined}>
                  {columns.map((column) => (
                    <TableCell key={column.id} className={column.className}>
                      {column.cell(row)}
                    </TableCell>
                  ))}
                </TableRow>
              )
            })
          )}
        </tbody>
      </Table>
    </div>
  )
}
