import { cn } from './cn'
import { CopyButton } from './copy-button'
import { truncateMiddle } from './truncate-middle'

export interface IdentifierProps {
  readonly value: string
  /** What it is, for the copy button: "machine ID". */
  readonly what?: string
  readonly isWhole?: boolean
  readonly hasCopy?: boolean
  readonly className?: string
}

/** An identifier: monospace, cut in its middle for the eye, whole for assistive technology and for copying. */
export function Identifier({ value, what = 'ID', isWhole = false, hasCopy = true, className }: IdentifierProps) {
  const shown = isWhole ? value : truncateMiddle(value, 11, 6)
  return (
    <span className={cn('inline-flex max-w-full items-center gap-0.5 font-mono text-xs', className)}>
      {shown === value ? (
        <span className={isWhole ? 'wrap-anywhere' : 'whitespace-nowrap'}>{value}</span>
      ) : (
        <>
          <span aria-hidden title={value} className="whitespace-nowrap">
            {shown}
          </span>
          <span className="sr-only">{value}</span>
        </>
      )}
      {hasCopy && <CopyButton text={value} what={what} />}
    </span>
  )
}
