'use client'

import { RefreshCw } from 'lucide-react'
import { Button } from '@/components/ui/button'
import { formatLocal } from '@/components/ui/format-time'
import { Spinner } from '@/components/ui/spinner'

export interface UpdatedAtProps {
  /** Milliseconds since 1970; 0 before the first answer. */
  readonly at: number
  readonly isFetching: boolean
  readonly onRefresh: () => void
}

/** "Updated 10:42:07" and a button that asks again. */
export function UpdatedAt({ at, isFetching, onRefresh }: UpdatedAtProps) {
  return (
    <span className="flex items-center gap-1 text-xs max-sm:order-last text-quiet tabular">
      {at > 0 && <span>Updated {formatLocal(new Date(at)).slice(11)}</span>}
      <Button look="quiet" size="icon-sm" aria-label="Refresh" onClick={onRefresh}>
        {isFetching ? <Spinner className="size-3.5" /> : <RefreshCw aria-hidden className="size-3.5" />}
      </Button>
    </span>
  )
}
