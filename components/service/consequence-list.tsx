import { ShieldCheck, ShieldOff } from 'lucide-react'
import type { Consequence } from '@/lib/client/service-consequences'

const looks = {
  widens: { icon: <ShieldOff aria-hidden className="mt-0.5 size-4 shrink-0 text-bad" />, name: 'Lets more through:' },
  narrows: {
    icon: <ShieldCheck aria-hidden className="mt-0.5 size-4 shrink-0 text-good" />,
    name: 'Lets less through:',
  },
} as const

/** What a change lets pass that did not, and what it stops that did. */
export function ConsequenceList({ consequences }: { readonly consequences: readonly Consequence[] }) {
  return (
    <ul className="flex flex-col gap-1.5">
      {consequences.map(({ effect, text }) => (
        <li key={text} className="flex items-start gap-2">
          {looks[effect].icon}
          <span className="min-w-0 wrap-anywhere">
            <span className="sr-only">{looks[effect].name} </span>
            {text}
          </span>
        </li>
      ))}
    </ul>
  )
}
