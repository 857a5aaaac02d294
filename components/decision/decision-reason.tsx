import { Copy, GitFork } from 'lucide-react'
import { Badge } from '@/components/ui/badge'
import type { Decision } from '@/lib/contract/decisions'
import { nameOfCode } from '@/lib/client/format-code'

export interface DecisionReasonProps {
  readonly decision: Pick<Decision, 'code' | 'count'>
}

/** Why it was denied; a replay and a fork are marked, because somebody may hold a copy. */
export function DecisionReason({ decision: { code, count } }: DecisionReasonProps) {
  if (code === null) return <span className="text-faint">–</span>
  return (
    <span className="flex flex-wrap items-center gap-1.5">
      {code === 'credential_replayed' && (
        <Badge tone="bad" icon={<Copy aria-hidden />}>
          Replay
        </Badge>
      )}
      {code === 'credential_forked' && (
        <Badge tone="bad" icon={<GitFork aria-hidden />}>
          Fork
        </Badge>
      )}
      <span>{nameOfCode(code)}</span>
      {count > 1 && (
        <span className="text-quiet tabular">
          <span aria-hidden>×{count.toLocaleString('en')}</span>
          <span className="sr-only">, {count.toLocaleString('en')} requests</span>
        </span>
      )}
    </span>
  )
}
