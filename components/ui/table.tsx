import { ArrowDown, ArrowUp, ChevronsUpDown } from 'lucide-react'
import type { ComponentProps, ReactNode } from 'react'
import { cn } from './cn'
import { Skeleton } from './skeleton'

export interface TableProps extends ComponentProps<'table'> {
  /** Names the table and what it scrolls in. */
  readonly label: string
  readonly isBusy?: boolean
}

/** Scrolls inside its container; the first column stays. */
export function Table({ label, isBusy = false, className, ...props }: TableProps) {
  return (
    <div role="group" aria-label={label} tabIndex={0} className="relative overflow-x-auto -outline-offset-2">
      <table
        aria-label={label}
        aria-busy={isBusy}
        className={cn('w-full border-separate border-spacing-0 text-left', className)}
        {...props}
      />
    </div>
  )
}

const sticky =
  'max-sm:first:sticky max-sm:first:left-0 max-sm:first:z-[1] max-sm:first:border-r max-sm:first:border-r-line'

export function TableHead({ children }: { readonly children: ReactNode }) {
  return (
    <thead>
      <tr>{children}</tr>
    </thead>
  )
}

const headerClass = cn(
  'h-8 border-b border-line bg-raised px-3 text-xs first:pl-4 last:pr-4 font-medium whitespace-nowrap text-quiet',
  sticky,
)

export function TableHeader({ children, className, ...props }: ComponentProps<'th'>) {
  return (
    <th scope="col" className={cn(headerClass, className)} {...props}>
      {children}
    </th>
  )
}

export type SortDirection = 'ascending' | 'descending'

export interface SortableHeaderProps {
  readonly children: ReactNode
  /** Of this column, null where the table is sorted by another. */
  readonly direction: SortDirection | null
  readonly onSort: () => void
  readonly className?: string
}

/** A real button in the header; the direction stands in `aria-sort`. */
export function SortableHeader({ children, direction, onSort, className }: SortableHeaderProps) {
  const Icon = direction === null ? ChevronsUpDown : direction === 'ascending' ? ArrowUp : ArrowDown
  return (
    <th scope="col" aria-sort={direction ?? 'none'} className={cn(headerClass, className)}>
      <button
        type="button"
        onClick={onSort}
        className={cn('-mx-1 inline-flex items-center gap-1 rounded-sm px-1 hover:text-text', direction && 'text-text')}
      >
        {children}
        <Icon aria-hidden className="size-3" />
      </button>
    </th>
  )
}

export function TableRow({ className, ...props }: ComponentProps<'tr'>) {
  return (
    <tr
      className={cn(
        'group hover:bg-hover focus-within:bg-hover aria-selected:bg-accent-soft data-current:bg-hover [&:last-child>td]:border-b-0',
        className,
      )}
      {...props}
    />
  )
}

export function TableCell({ className, ...props }: ComponentProps<'td'>) {
  return (
    <td
      className={cn(
        'h-9 border-b border-line px-3 py-1 first:pl-4 last:pr-4',
        sticky,
        'max-sm:first:bg-raised max-sm:group-hover:first:bg-hover max-sm:group-focus-within:first:bg-hover',
        className,
      )}
      {...props}
    />
  )
}

/** Rows in the shape of those that come. */
export function SkeletonRows({ columns, rows = 8 }: { readonly columns: number; readonly rows?: number }) {
  return Array.from({ length: rows }, (_, row) => (
    <tr key={row}>
      {Array.from({ length: columns }, (_, column) => (
        <td key={column} className="h-9 border-b border-line px-3 first:pl-4 last:pr-4">
          <Skeleton className={column === 0 ? 'w-36' : 'w-20'} />
        </td>
      ))}
    </tr>
  ))
}
