import { cn } from './cn'
import { CopyButton } from './copy-button'

export interface CodeBlockProps {
  readonly code: string
  /** What it is: "nginx configuration". Names the region and the copy button. */
  readonly label: string
  readonly isLabelShown?: boolean
  /** One long word, such as a secret or a link: all of it is seen. Otherwise lines stay whole and scroll. */
  readonly isWrapped?: boolean
  /** Long text scrolls inside itself instead of making the page long. */
  readonly isBounded?: boolean
  readonly className?: string
}

/** Text to be copied as it is. */
export function CodeBlock(props: CodeBlockProps) {
  const { code, label, isLabelShown = true, isWrapped = false, isBounded = false, className } = props
  return (
    <div className={cn('min-w-0 overflow-hidden rounded-md border border-line bg-sunken', className)}>
      <div className="flex min-h-9 items-center justify-between gap-2 border-b border-line pr-1.5 pl-3">
        <span className={cn('text-xs text-quiet', !isLabelShown && 'sr-only')}>{label}</span>
        <CopyButton text={code} what={label} isIconOnly={isLabelShown} className="ml-auto" />
      </div>
      <pre
        tabIndex={0}
        role="region"
        aria-label={label}
        className={cn(
          'overflow-x-auto p-3 text-xs leading-5 -outline-offset-2',
          isWrapped && 'whitespace-pre-wrap wrap-anywhere',
          isBounded && 'max-h-88 overflow-y-auto',
        )}
      >
        <code>{code}</code>
      </pre>
    </div>
  )
}
