import { problem as problemSchema, type Problem } from '@/lib/contract/problem'

/** A problem of the API, or one of ours where no problem document came. */
export interface ClientProblem extends Omit<Problem, 'code'> {
  readonly code: Problem['code'] | 'unreachable' | 'unreadable'
}

/** What a call of the API throws. `requestId` finds the cause in the server's log. */
export class ApiProblem extends Error {
  override readonly name = 'ApiProblem'
  readonly problem: ClientProblem

  constructor(problem: ClientProblem) {
    super(problem.detail ?? problem.title)
    this.problem = problem
  }
}

export const unreachable: ClientProblem = {
  type: 'about:blank',
  title: 'The server did not answer.',
  status: 0,
  code: 'unreachable',
  advice: 'Look whether Countersign runs and whether this browser reaches it, then try again.',
}

/** What a response that is no success says, whatever it holds. */
export function readProblem(status: number, body: unknown, requestId: string | null): ClientProblem {
  const parsed = problemSchema.safeParse(body)
  if (parsed.success) return parsed.data
  return {
    type: 'about:blank',
    title: `The server answered with status ${status} and no explanation.`,
    status,
    code: 'unreadable',
    advice: 'Something between this browser and Countersign may have answered instead of it. Try again.',
    ...(requestId !== null && { requestId }),
  }
}

/** The problem in whatever was thrown. */
export function toProblem(error: unknown): ClientProblem {
  if (error instanceof ApiProblem) return error.problem
  return {
    type: 'about:blank',
    title: 'Something went wrong in this page.',
    status: 0,
    code: 'unreadable',
    advice: 'Reload the page and try again.',
  }
}

/** One sentence on what is wrong, and one on what to do. */
export function describeProblem({ title, detail, advice }: ClientProblem): string {
  return `${detail ?? title} ${advice}`
}
