import { dependencies } from '../dependencies'
import { countAdministrators } from '../operator/operator-store'
import { appraiseTransport } from './appraise-transport'
import { findRequestSession } from './find-request-session'
import { readPageFacts } from './read-page-facts'

export type SignInPage =
  /** A password must not travel this way; `detail` says what to do instead. */
  | { readonly state: 'exposed'; readonly detail: string }
  | { readonly state: 'signed_in' }
  /** Nobody administers the deployment yet. */
  | { readonly state: 'not_set_up' }
  | { readonly state: 'open' }

/** What the sign-in page has to show. */
export async function loadSignInPage(): Promise<SignInPage> {
  const deps = dependencies()
  const request = await readPageFacts()
  const transport = appraiseTransport(deps, request)
  if (transport.outcome === 'exposed') return { state: 'exposed', detail: transport.detail }
  if ((await findRequestSession(deps, request)) !== null) return { state: 'signed_in' }
  return { state: (await countAdministrators(deps.prisma)) === 0 ? 'not_set_up' : 'open' }
}
