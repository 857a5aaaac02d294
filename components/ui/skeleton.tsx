import { cn } from './cn'

/** The shape of what comes. Says nothing: the container is `aria-busy`. */
export function Skeleton({ className }: { readonly className?: string }) {
  return <span aria-hidden className={cn('pulse-soft block h-3.5 rounded-sm bg-neutral-soft', className)} />
}
