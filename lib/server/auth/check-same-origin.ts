import { refuse, type Refusal } from '@/lib/domain/refusal'
import type { Dependencies } from '../dependencies'
import { appraiseTransport } from './appraise-transport'
import { singleHeader, type RequestFacts } from './request-facts'

const jsonMediaType = /^application\/json(?:\s*;\s*charset=(?:utf-8|"utf-8"))?$/i

/**
 * Whether a call that a cookie would authenticate was made by our own pages (threats.md, 31).
 *
 * What may change something needs our `Origin`, so that a missing one and `null` are refused too, and JSON as its
 * content type, which no form can send. `Sec-Fetch-Site` counts when it is there. SameSite is not relied upon.
 */
export function checkSameOrigin(
  deps: Pick<Dependencies, 'settings'>,
  request: RequestFacts,
): { readonly outcome: 'same_origin' } | Refusal<'origin_refused' | 'tls_required'> {
  const transport = appraiseTransport(deps, request)
  if (transport.outcome === 'exposed') return refuse('tls_required', transport.detail)
  const isRead = request.method === 'GET' || request.method === 'HEAD'
  const origin = singleHeader(request, 'origin')
  if (origin === undefined ? !isRead : origin !== transport.origin) {
    return refuse('origin_refused', `The Origin of the call is not ${transport.origin}.`)
  }
  const site = singleHeader(request, 'sec-fetch-site')
  const isOurs = site === undefined || site === 'same-origin' || (isRead && site === 'none')
  if (!isOurs) return refuse('origin_refused', 'The browser says that another site made the call.')
  if (!isRead && !jsonMediaType.test(singleHeader(request, 'content-type')?.trim() ?? '')) {
    return refuse('origin_refused', 'The call is not declared as Content-Type: application/json.')
  }
  return { outcome: 'same_origin' }
}
