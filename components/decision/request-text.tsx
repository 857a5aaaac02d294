import { HostileText } from '@/components/common/hostile-text'
import type { Decision } from '@/lib/contract/decisions'

/** Method and path as they were sent, which strangers chose. */
export function RequestText({ decision }: { readonly decision: Pick<Decision, 'method' | 'path'> }) {
  const { method, path } = decision
  if (method === null && path === null) return <span className="text-quiet">Not known</span>
  return (
    <span className="font-mono text-xs">
      {method !== null && <HostileText text={method} maxLength={16} className="text-quiet" />}{' '}
      {path !== null && <HostileText text={path} maxLength={80} />}
    </span>
  )
}
