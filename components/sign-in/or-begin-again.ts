import { toProblem } from '@/lib/client/api-problem'

/** A step of a sign-in; when its ticket is too old, the sign-in begins anew, and says so. */
export async function orBeginAgain<Answer>(step: Promise<Answer>): Promise<Answer> {
  try {
    return await step
  } catch (error) {
    const { return: returnTo } = Object.fromEntries(new URLSearchParams(window.location.search))
    const back = returnTo === undefined ? '' : `&return=${encodeURIComponent(returnTo)}`
    if (toProblem(error).code === 'sign_in_step_expired') window.location.assign(`/sign-in?expired=1${back}`)
    throw error
  }
}
