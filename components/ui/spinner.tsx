import { LoaderCircle } from 'lucide-react'
import { cn } from './cn'

/** Says nothing by itself: whoever shows it says what is going on. */
export function Spinner({ className }: { readonly className?: string }) {
  return <LoaderCircle aria-hidden className={cn('size-4 animate-spin', className)} />
}
