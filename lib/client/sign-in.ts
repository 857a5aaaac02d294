import type { z } from 'zod'
import { signInSteps, type SignInStepName, type SignInSteps } from '@/lib/contract/sign-in'
import { ApiProblem, readProblem, unreachable } from './api-problem'

/** Sends one step of a sign-in. Throws an `ApiProblem` with what was wrong. */
export async function callSignInStep<Name extends SignInStepName>(
  step: Name,
  body: z.input<SignInSteps[Name]['body']>,
): Promise<z.output<SignInSteps[Name]['answer']>> {
  const answer = await send(`/api/auth/steps/${step}`, body)
  // The step's own schema, which makes what its name says.
  return signInSteps[step].answer.parse(answer) as z.output<SignInSteps[Name]['answer']>
}

/** Turns the last ticket into the session of this browser. */
export async function beginSession(ticket: string): Promise<void> {
  await send('/api/auth/callback/ticket', { csrfToken: await getCsrfToken(), ticket, json: 'true' })
}

/** Ends the session, on the server and in this browser. */
export async function signOut(): Promise<void> {
  await send('/api/auth/signout', { csrfToken: await getCsrfToken(), json: 'true' })
}

async function getCsrfToken(): Promise<string> {
  const answer = (await request('/api/auth/csrf', {})) as { csrfToken?: unknown } | null
  return typeof answer?.csrfToken === 'string' ? answer.csrfToken : ''
}

function send(path: string, body: object): Promise<unknown> {
  const headers = { 'content-type': 'application/json' }
  return request(path, { method: 'POST', headers, body: JSON.stringify(body) })
}

async function request(path: string, init: RequestInit): Promise<unknown> {
  const response = await fetch(path, { ...init, cache: 'no-store' }).catch(() => {
    throw new ApiProblem(unreachable)
  })
  const body: unknown = await response.json().catch(() => null)
  if (!response.ok) throw new ApiProblem(readProblem(response.status, body, response.headers.get('x-request-id')))
  return body
}
