import { Slot } from 'radix-ui'
import type { ComponentProps } from 'react'
import { cn } from './cn'
import { Spinner } from './spinner'

const looks = {
  primary: 'bg-accent-fill text-on-accent hover:bg-accent-fill-hover border-transparent',
  secondary: 'bg-raised text-text border-line hover:bg-hover',
  quiet: 'border-transparent text-quiet hover:bg-hover hover:text-text',
  danger: 'bg-bad-fill text-on-bad hover:bg-bad-fill-hover border-transparent',
} as const

const sizes = {
  sm: 'h-7 px-2 text-xs gap-1',
  md: 'h-8 px-3 text-sm gap-1.5',
  lg: 'h-9 px-4 text-base gap-2',
  icon: 'size-8 p-0',
  'icon-sm': 'size-6 p-0',
} as const

const base =
  'inline-flex shrink-0 items-center justify-center rounded-md border font-medium whitespace-nowrap select-none transition-colors disabled:opacity-60 aria-disabled:opacity-60 aria-disabled:cursor-not-allowed [&_svg]:size-4 [&_svg]:shrink-0'

export interface ButtonProps extends ComponentProps<'button'> {
  readonly look?: keyof typeof looks
  readonly size?: keyof typeof sizes
  /** Renders the one child (a link) as the button. */
  readonly asChild?: boolean
  readonly isBusy?: boolean
}

/** For links that look like buttons outside of React's tree. */
export function buttonClass(look: keyof typeof looks = 'secondary', size: keyof typeof sizes = 'md'): string {
  return cn(base, looks[look], sizes[size])
}

export function Button({
  look = 'secondary',
  size = 'md',
  asChild = false,
  isBusy = false,
  className,
  children,
  type,
  disabled,
  ...props
}: ButtonProps) {
  const classes = cn(base, looks[look], sizes[size], className)
  if (asChild) {
    return (
      <Slot.Root className={classes} {...props}>
        {children}
      </Slot.Root>
    )
  }
  return (
    <button
      type={type ?? 'button'}
      className={classes}
      disabled={disabled === true || isBusy}
      aria-busy={isBusy || undefined}
      {...props}
    >
      {isBusy && <Spinner />}
      {children}
    </button>
  )
}
