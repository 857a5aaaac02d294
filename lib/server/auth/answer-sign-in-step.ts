import type { z } from 'zod'
import { signInSteps, type SignInStepName, type SignInSteps } from '@/lib/contract/sign-in'
import { formatId } from '@/lib/domain/ids'
import { refuse, type FieldProblem, type Refusal } from '@/lib/domain/refusal'
import type { Dependencies } from '../dependencies'
import { describeError } from '../http/describe-error'
import { jsonResponse, problemResponse, type DispatchedResponse } from '../http/problem-response'
import { readJsonBody } from '../http/read-json-body'
import { newUuid } from '../new-uuid'
import { acceptLinkStep } from './accept-link-step'
import { beginTotpStep } from './begin-totp-step'
import { browserLifetimeSeconds, makeBrowserToken, readBrowserToken } from './browser-token'
import { checkPasswordStep } from './check-password-step'
import { checkRecoveryCodeStep } from './check-recovery-code-step'
import { checkSameOrigin } from './check-same-origin'
import { checkTotpStep } from './check-totp-step'
import { confirmTotpStep } from './confirm-totp-step'
import { findClientAddress } from './find-client-address'
import { headerLines, type RequestFacts } from './request-facts'
import { browserCookie, findCookie } from './session-cookie'
import { setUpStep } from './set-up-step'
import type { SignInCall, StepOutcome } from './sign-in-call'

type StepHandlers = {
  readonly [Name in SignInStepName]: (
    deps: Dependencies,
    call: SignInCall,
    typed: z.output<SignInSteps[Name]['body']>,
  ) => Promise<StepOutcome<z.output<SignInSteps[Name]['answer']>>>
}

const handlers: StepHandlers = {
  password: checkPasswordStep,
  totp: checkTotpStep,
  'recovery-code': checkRecoveryCodeStep,
  'begin-totp': (deps, _call, typed) => beginTotpStep(deps, typed),
  'confirm-totp': confirmTotpStep,
  'set-up': setUpStep,
  'accept-link': acceptLinkStep,
}

/**
 * Answers one step of a sign-in: a call of our own page, over a way on which a password may travel, in the form of the
 * contract. Never throws; what nobody expected is logged without what was sent.
 */
export async function answerSignInStep(
  deps: Dependencies,
  request: RequestFacts & { readonly body: Uint8Array },
  step: string,
): Promise<DispatchedResponse> {
  const requestId = formatId('req', newUuid())
  try {
    const checked = checkSameOrigin(deps, request)
    if (checked.outcome === 'refused') return problemResponse(checked, requestId)
    if (!isStep(step)) return problemResponse(refuse('not_found', 'A sign-in has no such step.'), requestId)
    const parsed = parseBody(step, request)
    if (parsed.outcome === 'refused') return problemResponse(parsed, requestId)
    const token = findCookie(request, browserCookie)
    const outcome = await run(step, deps, parsed.value, {
      requestId,
      address: findClientAddress(deps.settings, request),
      browser: token === null ? null : await readBrowserToken(deps.masterKey, token),
    })
    if (outcome.outcome === 'refused') return problemResponse(outcome, requestId)
    const { answer, knownFor } = outcome.value
    const response = jsonResponse(200, answer, requestId)
    if (knownFor === undefined) return response
    const cookie = `${browserCookie}=${await makeBrowserToken(deps.masterKey, knownFor)}`
    const attributes = `Path=/; Max-Age=${browserLifetimeSeconds}; HttpOnly; Secure; SameSite=Strict`
    return { ...response, headers: { ...response.headers, 'Set-Cookie': `${cookie}; ${attributes}` } }
  } catch (error) {
    deps.log.error(
      { requestId, step: isStep(step) ? step : 'unknown', error: describeError(error) },
      'A sign-in failed',
    )
    return problemResponse(refuse('internal_error', 'The log has the cause under this requestId.'), requestId)
  }
}

function isStep(step: string): step is SignInStepName {
  return Object.hasOwn(signInSteps, step)
}

/** The step's own schema has just made what its handler gets. */
function run(step: SignInStepName, deps: Dependencies, typed: unknown, call: SignInCall): Promise<StepOutcome<object>> {
  const handler = handlers[step] as (
    deps: Dependencies,
    call: SignInCall,
    typed: unknown,
  ) => Promise<StepOutcome<object>>
  return handler(deps, call, typed)
}

function parseBody(
  step: SignInStepName,
  request: RequestFacts & { readonly body: Uint8Array },
): { readonly outcome: 'parsed'; readonly value: unknown } | Refusal<'request_malformed' | 'request_too_large'> {
  const read = readJsonBody(request.body, headerLines(request, 'content-type')[0])
  if (read.outcome === 'refused') return read
  const result = signInSteps[step].body.safeParse(read.value)
  if (result.success) return { outcome: 'parsed', value: result.data }
  const fields: FieldProblem[] = result.error.issues.slice(0, 20).map((issue) => ({
    path: ['body', ...issue.path.map(String)].join('.').slice(0, 256),
    // A name that nobody knows is the caller's text and is not repeated.
    message: issue.code === 'unrecognized_keys' ? 'does not take this field' : issue.message.slice(0, 256),
  }))
  return refuse('request_malformed', `${fields[0]?.path}: ${fields[0]?.message}.`, fields)
}
