import { answerSignInStep } from '@/lib/server/auth/answer-sign-in-step'
import { factsOfWebRequest } from '@/lib/server/auth/request-facts'
import { dependencies } from '@/lib/server/dependencies'
import { readRequestBody } from '@/lib/server/http/read-request-body'

export const dynamic = 'force-dynamic'
export const runtime = 'nodejs'

export async function POST(request: Request, context: { params: Promise<{ step: string }> }): Promise<Response> {
  const { step } = await context.params
  const body = await readRequestBody(request)
  const answer = await answerSignInStep(dependencies(), { ...factsOfWebRequest(request), body }, step)
  return new Response(answer.body, { status: answer.status, headers: answer.headers })
}
