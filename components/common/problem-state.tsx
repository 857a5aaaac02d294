import type { ReactNode } from 'react'
import { FailedState, ForbiddenState } from '@/components/ui/state-panel'
import { describeProblem, toProblem } from '@/lib/client/api-problem'

export interface ProblemStateProps {
  readonly error: unknown
  /** The permission that the list needs. */
  readonly permission: string
  readonly onRetry: () => void
  readonly notFound?: ReactNode
}

/** What stands where something could not be shown: forbidden, not found or failed, each with its way on. */
export function ProblemState({ error, permission, onRetry, notFound }: ProblemStateProps) {
  const problem = toProblem(error)
  if (problem.code === 'permission_denied') return <ForbiddenState permission={permission} />
  if (problem.code === 'not_found' && notFound !== undefined) return notFound
  return <FailedState advice={describeProblem(problem)} requestId={problem.requestId} onRetry={onRetry} />
}
