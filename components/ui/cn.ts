import { clsx, type ClassValue } from 'clsx'
import { twMerge } from 'tailwind-merge'

/** Class names; of two that contradict each other the later wins. */
export function cn(...names: ClassValue[]): string {
  return twMerge(clsx(names))
}
