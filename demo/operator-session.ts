import { openBrowser, totpCode, type TestBrowser, type TestOperator } from '@/test/setup/sign-in'

/** Calls an operation of the management API; throws unless it answers 2xx. */
export type Api = <T = unknown>(method: string, apiPath: string, body?: object) => Promise<T>

/**
 * An operator who works with the console as people do: by a session, so that the audit log names them. Sessions end; a
 * person then signs in again.
 */
export function openOperatorSession(
  operator: Pick<TestOperator, 'email' | 'password' | 'totpSecret' | 'browser'>,
): Api {
  let browser = operator.browser
  const signIn = async (): Promise<TestBrowser> => {
    const fresh = openBrowser({ url: operator.browser.url })
    let step = await fresh.step('password', { email: operator.email, password: operator.password })
    if (step.body.next === 'second_factor' && operator.totpSecret !== undefined) {
      step = await fresh.step('totp', { ticket: step.body.ticket, code: totpCode(operator.totpSecret) })
    }
    await fresh.beginSession(step.body.ticket)
    return fresh
  }
  return async <T>(method: string, apiPath: string, body?: object) => {
    let answer = await browser.api(method, apiPath, body)
    if (answer.status === 401) {
      browser = await signIn()
      answer = await browser.api(method, apiPath, body)
    }
    if (answer.status >= 300) {
      throw new Error(`${method} ${apiPath} answered ${answer.status}: ${answer.body.code}, ${answer.body.detail}`)
    }
    // The caller names the shape that this operation answers with.
    return answer.body as unknown as T
  }
}
