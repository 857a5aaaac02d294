import { checkContentDigest, type ParsedRequestCredential } from '@/lib/protocol'
import type { ReportedRequest, ServiceRecord } from './verification-types'

export type ContentCheck =
  | { readonly outcome: 'passed'; readonly content: 'checked' | 'unchecked' | 'none' }
  | { readonly outcome: 'refused'; readonly code: 'digest_mismatch' | 'body_unexpected' | 'body_unchecked' }

const withoutContent = new Set(['GET', 'HEAD', 'OPTIONS'])

/** Compares the body with the digest where the gateway saw it, and says what is left to the backend (section 4, Body). */
export function checkContent(
  service: ServiceRecord,
  credential: ParsedRequestCredential,
  request: ReportedRequest,
): ContentCheck {
  if (withoutContent.has(credential.method) && request.hasContent === true) {
    return { outcome: 'refused', code: 'body_unexpected' }
  }
  if (credential.contentDigest === undefined) return { outcome: 'passed', content: 'none' }
  if (request.bodyDigest) {
    const checked = checkContentDigest(credential.contentDigest, request.bodyDigest)
    return checked.outcome === 'matches'
      ? { outcome: 'passed', content: 'checked' }
      : { outcome: 'refused', code: 'digest_mismatch' }
  }
  switch (service.bodyBinding) {
    case 'required':
      return { outcome: 'refused', code: 'body_unchecked' }
    case 'backend':
      return { outcome: 'passed', content: 'unchecked' }
    case 'none':
      return { outcome: 'passed', content: 'none' }
  }
}
