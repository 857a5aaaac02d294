import { HostileText } from '@/components/common/hostile-text'
import type { Decision } from '@/lib/contract/decisions'

/** Method and path as they were sent, which strangers chose. */
export function RequestText({ decision }: { readonly decision: Pick<Decision, 'method' | 'path'> }) {
  const { method, path } = decision
  if (method === null && path === null) return <span className="text-quiet">Not known</span>
  return (
    <span className="flex max-w-full min-w-0 gap-1.5 font-mono text-xs leading-5">
      {method !== null && <HostileText text={method} maxLength={16} isOneLine className="shrink-0 text-quiet" />}
      {path !== null && <HostileText text={path} maxLength={160} isOneLine />}
    </span>
  )
}
