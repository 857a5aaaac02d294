import { ChevronRight, ChevronsLeft } from 'lucide-react'
import { Button } from './button'
import { Spinner } from './spinner'

export interface PagerProps {
  readonly shown: number
  /** One thing and many: "machine", "machines". */
  readonly noun: readonly [one: string, many: string]
  readonly hasNext: boolean
  readonly isFirst: boolean
  readonly isLoading?: boolean
  readonly onNext: () => void
  readonly onFirst: () => void
}

/** Pages by keyset: the first, and the next. Back is the browser's. Counts what is shown and says that more follow. */
export function Pager({ shown, noun, hasNext, isFirst, isLoading = false, onNext, onFirst }: PagerProps) {
  const counted = `${shown.toLocaleString('en')} ${noun[shown === 1 ? 0 : 1]}`
  return (
    <nav
      aria-label="Pages"
      className="flex min-h-11 flex-wrap items-center justify-between gap-2 border-t border-line px-4 py-1.5"
    >
      <p role="status" className="flex items-center gap-2 text-xs text-quiet">
        {counted}
        {hasNext ? ' on this page, more follow' : isFirst ? '' : ' on the last page'}
        {isLoading && <Spinner className="size-3" />}
      </p>
      {(hasNext || !isFirst) && (
        <div className="flex gap-2">
          <Button size="sm" onClick={onFirst} disabled={isFirst}>
            <ChevronsLeft aria-hidden />
            First page
          </Button>
          <Button size="sm" onClick={onNext} disabled={!hasNext}>
            Next page
            <ChevronRight aria-hidden />
          </Button>
        </div>
      )}
    </nav>
  )
}
