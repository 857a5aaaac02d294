import { displayText } from '@/lib/domain/display-text'
import { cn } from '@/components/ui/cn'

const escapes = /(\\u\{[0-9a-f]{1,6}\})/

export interface HostileTextProps {
  readonly text: string
  /** Characters shown; what is cut off is marked. */
  readonly maxLength?: number
  /** In tables: cut at the end of its cell instead of wrapped. Its row's page or panel has it whole. */
  readonly isOneLine?: boolean
  readonly className?: string
}

/**
 * Text that a machine or a caller chose: bounded, in a direction of its own, and what would act or hide written out as
 * `\u{…}` and marked, so that nobody takes it for the text itself.
 */
export function HostileText({ text, maxLength = 256, isOneLine = false, className }: HostileTextProps) {
  const parts = displayText(text, maxLength).split(escapes)
  return (
    <bdi className={cn(isOneLine ? 'inline-block max-w-full truncate align-middle' : 'wrap-anywhere', className)}>
      {parts.map((part, index) =>
        index % 2 === 1 ? (
          <span key={index} className="rounded-sm bg-warn-soft font-mono text-xs text-warn">
            {part}
          </span>
        ) : (
          part
        ),
      )}
    </bdi>
  )
}
