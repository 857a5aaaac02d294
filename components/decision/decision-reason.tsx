import { Copy, GitFork } from 'lucide-react'
import Link from 'next/link'
import { Badge } from '@/components/ui/badge'
import type { Decision } from '@/lib/contract/decisions'
import { nameOfCode } from '@/lib/client/format-code'

export interface DecisionReasonProps {
  readonly decision: Pick<Decision, 'code' | 'count' | 'conflictingDecisionId'>
}

/** Replays and forks: somebody may hold a copy. Marked, with the way to the use that was first. */
const marks = {
  credential_replayed: { name: 'Replay', icon: <Copy aria-hidden /> },
  credential_forked: { name: 'Fork', icon: <GitFork aria-hidden /> },
} as const

/** Why it was denied. */
export function DecisionReason({ decision: { code, count, conflictingDecisionId } }: DecisionReasonProps) {
  if (code === null) return <span className="text-faint">–</span>
  const mark = code === 'credential_replayed' || code === 'credential_forked' ? marks[code] : null
  return (
    <span className="flex items-center gap-1.5">
      {mark ? (
        <Badge tone="bad" icon={mark.icon}>
          {mark.name}
        </Badge>
      ) : (
        <span>{nameOfCode(code)}</span>
      )}
      {conflictingDecisionId !== null && (
        <Link
          href={`/credential-use?decision=${conflictingDecisionId}`}
          prefetch={false}
          className="rounded-sm text-accent hover:underline"
        >
          First use
        </Link>
      )}
      {count > 1 && (
        <span className="text-quiet tabular">
          <span aria-hidden>×{count.toLocaleString('en')}</span>
          <span className="sr-only">, {count.toLocaleString('en')} requests</span>
        </span>
      )}
    </span>
  )
}
