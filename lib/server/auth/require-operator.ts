import { redirect } from 'next/navigation'
import type { Principal } from '@/lib/domain/operator/principal'
import { signInPath } from '@/lib/domain/operator/return-path'
import { dependencies } from '../dependencies'
import { findRequestSession } from './find-request-session'
import { readPageFacts } from './read-page-facts'
import { singleHeader } from './request-facts'

/**
 * The operator who asks for a page, as the session's row says now; without one, off to the sign-in and back.
 *
 * Every page and layout that shows anything calls it itself: nothing that stands in front of them is relied upon
 * (threats.md, 32). A page is only read, so where the request came from does not matter.
 */
export async function requireOperator(): Promise<Principal> {
  const request = await readPageFacts()
  const session = await findRequestSession(dependencies(), request)
  if (session === null) redirect(signInPath(withoutRouterQuery(singleHeader(request, 'x-countersign-path') ?? '')))
  return session.principal
}

/** Next's router asks for the parts of a page with a query of its own. */
function withoutRouterQuery(path: string): string {
  const [pathname = '', query = ''] = path.split('?', 2)
  const kept = query.split('&').filter((pair) => pair !== '' && !/^_rsc(?:=|$)/.test(pair))
  return kept.length === 0 ? pathname : `${pathname}?${kept.join('&')}`
}
