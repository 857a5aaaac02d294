import { readFile } from 'node:fs/promises'
import path from 'node:path'
import { Secret, TOTP } from 'otpauth'
import type { OperatorRole } from '@/lib/domain/operator/operator-role'
import type { SignInStepName } from '@/lib/contract/sign-in'
import { createCookieJar, type CookieJar } from './cookie-jar'

/** Where a server runs, as `startServer` says it. */
export interface SignInServer {
  readonly url: string
}

/** What tests look at in answers; which of it is there depends on the answer. */
export interface AnswerBody {
  readonly code: string
  readonly detail: string
  readonly fields: readonly { readonly path: string; readonly message: string }[]
  readonly next: string
  readonly ticket: string
  readonly secret: string
  readonly recoveryCodes?: readonly string[]
  readonly id: string
  readonly state: string
  readonly endReason: string
  readonly nextCursor: string
  readonly items: readonly { readonly id: string }[]
  readonly invitation: { readonly url: string }
  readonly session: { readonly id: string; readonly address: string }
}

export interface StepAnswer {
  readonly status: number
  readonly headers: Headers
  readonly body: AnswerBody
}

/** A browser at the server: its cookies, and calls as the console's pages make them. */
export interface TestBrowser {
  readonly jar: CookieJar
  readonly url: string
  /** Any call with the jar's cookies; a body goes as JSON with our own Origin unless `headers` says otherwise. */
  fetch(target: string, init?: { method?: string; body?: unknown; headers?: Record<string, string> }): Promise<Response>
  step(step: SignInStepName, body: object, headers?: Record<string, string>): Promise<StepAnswer>
  /** The ticket of the last step becomes the session in the jar. */
  beginSession(ticket: string): Promise<Response>
  signOut(): Promise<Response>
  /** An operation of the management API by the session: `api('GET', '/self')`. */
  api(method: string, apiPath: string, body?: object, headers?: Record<string, string>): Promise<StepAnswer>
}

export function openBrowser(server: SignInServer, jar: CookieJar = createCookieJar()): TestBrowser {
  const { url } = server
  const call: TestBrowser['fetch'] = async (target, { method = 'GET', body, headers = {} } = {}) => {
    const isRead = method === 'GET' || method === 'HEAD'
    const response = await fetch(`${url}${target}`, {
      method,
      redirect: 'manual',
      headers: {
        ...(jar.header() !== '' && { cookie: jar.header() }),
        ...(!isRead && { origin: url, 'content-type': 'application/json', 'sec-fetch-site': 'same-origin' }),
        ...headers,
      },
      ...(body !== undefined && { body: typeof body === 'string' ? body : JSON.stringify(body) }),
    })
    jar.keep(response)
    return response
  }
  const answerOf = async (response: Response): Promise<StepAnswer> => {
    const text = await response.text()
    return {
      status: response.status,
      headers: response.headers,
      // The reader knows what it asked for.
      body: JSON.parse(text === '' ? '{}' : text) as AnswerBody,
    }
  }
  const csrf = async () => ((await (await call('/api/auth/csrf')).json()) as { csrfToken: string }).csrfToken
  return {
    jar,
    url,
    fetch: call,
    step: async (step, body, headers) =>
      answerOf(await call(`/api/auth/steps/${step}`, { method: 'POST', body, ...(headers && { headers }) })),
    beginSession: async (ticket) =>
      call('/api/auth/callback/ticket', { method: 'POST', body: { csrfToken: await csrf(), ticket, json: 'true' } }),
    signOut: async () => call('/api/auth/signout', { method: 'POST', body: { csrfToken: await csrf(), json: 'true' } }),
    api: async (method, apiPath, body, headers) =>
      answerOf(await call(`/api/v1${apiPath}`, { method, ...(body && { body }), ...(headers && { headers }) })),
  }
}

/** An operator as a test knows it: everything that signs it in again. */
export interface TestOperator {
  readonly id: string
  readonly email: string
  readonly password: string
  /** Base32; undefined without a second factor. */
  readonly totpSecret: string | undefined
  readonly recoveryCodes: readonly string[]
  readonly browser: TestBrowser
}

export const testPassword = 'correct horse battery staple'

/** The code of a time step; `stepsAhead` 1 is still accepted and is not the one that enrolment has used up. */
export function totpCode(secret: string, stepsAhead = 0, now = Date.now()): string {
  const totp = new TOTP({ secret: Secret.fromBase32(secret), algorithm: 'SHA1', digits: 6, period: 30 })
  return totp.generate({ timestamp: now + stepsAhead * 30_000 })
}

/** The set-up link that the server left in its data directory. */
export async function readSetUpToken(dataDirectory: string): Promise<string> {
  const url = (await readFile(path.join(dataDirectory, 'set-up-link'), 'utf8')).trim()
  return url.slice(url.lastIndexOf('/') + 1)
}

/**
 * Goes through the whole set-up of a fresh deployment: link, password, second factor, session. What a story of the console
 * begins with: `context.addCookies((await setUpAdministrator(server, place.dataDirectory)).browser.jar.forBrowser(server.url))`.
 */
export async function setUpAdministrator(
  server: SignInServer,
  dataDirectory: string,
  who: { readonly email?: string; readonly name?: string; readonly password?: string } = {},
): Promise<TestOperator> {
  const { email = 'ada@example.org', name = 'Ada', password = testPassword } = who
  const browser = openBrowser(server)
  const token = await readSetUpToken(dataDirectory)
  const begun = await browser.step('set-up', { token, email, name, password })
  expectStatus(begun, 200, 'set-up')
  return enroll(browser, begun, email, password)
}

/** An operator of a role, made by an administrator's session and signed in: with a second factor where one is needed. */
export async function createSignedInOperator(
  administrator: TestBrowser,
  role: OperatorRole,
  email = `${role}@example.org`,
  who: { readonly name?: string; readonly password?: string } = {},
): Promise<TestOperator> {
  const { name = role, password = testPassword } = who
  const made = await administrator.api('POST', '/operators', { email, name, role })
  expectStatus(made, 201, 'createOperator')
  const url = made.body.invitation.url
  const browser = openBrowser(administrator)
  const accepted = await browser.step('accept-link', {
    token: url.slice(url.lastIndexOf('/') + 1),
    password,
  })
  expectStatus(accepted, 200, 'accept-link')
  return enroll(browser, accepted, email, password)
}

async function enroll(
  browser: TestBrowser,
  passed: StepAnswer,
  email: string,
  password: string,
): Promise<TestOperator> {
  let last = passed
  let totpSecret: string | undefined
  if (passed.body.next === 'totp_enrollment') {
    const setup = await browser.step('begin-totp', { ticket: passed.body.ticket })
    expectStatus(setup, 200, 'begin-totp')
    totpSecret = setup.body.secret
    last = await browser.step('confirm-totp', { ticket: passed.body.ticket, code: totpCode(totpSecret) })
    expectStatus(last, 200, 'confirm-totp')
  }
  const begun = await browser.beginSession(last.body.ticket)
  if (begun.status !== 200) throw new Error(`The session did not begin: ${begun.status}`)
  const self = await browser.api('GET', '/self')
  expectStatus(self, 200, 'getCurrentOperator')
  return {
    id: self.body.id,
    email,
    password,
    totpSecret,
    recoveryCodes: last.body.recoveryCodes ?? [],
    browser,
  }
}

function expectStatus(answer: StepAnswer, status: number, what: string): void {
  if (answer.status !== status) throw new Error(`${what} answered ${answer.status}: ${JSON.stringify(answer.body)}`)
}
