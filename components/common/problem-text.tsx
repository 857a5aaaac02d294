import { describeProblem, toProblem } from '@/lib/client/api-problem'

/** What went wrong, what to do next, and the id that finds the cause in the log: inside a dialog or a form. */
export function ProblemText({ error }: { readonly error: unknown }) {
  const problem = toProblem(error)
  return (
    <>
      {describeProblem(problem)}
      {problem.requestId !== undefined && <code className="mt-1 block text-xs">{problem.requestId}</code>}
    </>
  )
}
