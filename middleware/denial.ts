import type { ServerResponse } from 'node:http'

/** Status and title of each denial, as the verification service words them. */
const denials = {
  credential_missing: { status: 401, title: 'The request carries no Countersign credential.' },
  credential_malformed: { status: 401, title: 'The credential is not in the form that the profile demands.' },
  credential_expired: { status: 401, title: 'The credential was made too long ago.' },
  credential_not_yet_valid: { status: 401, title: 'The credential says it was made in the future.' },
  credential_replayed: { status: 401, title: 'This credential was used before; each one works once.' },
  signature_invalid: { status: 401, title: 'The signature does not match the request.' },
  digest_mismatch: { status: 401, title: 'The body is not the one that was signed.' },
  body_unexpected: { status: 401, title: 'The request carries a body that nobody signed.' },
  component_missing: { status: 401, title: 'The signature does not cover something that it must cover.' },
  authority_unknown: { status: 403, title: 'The request was sent to a host or path that is not this service’s.' },
  service_unknown: { status: 403, title: 'The assertion is for another service or from another deployment.' },
  policy_denied: { status: 403, title: 'This machine may not call this service.' },
  unavailable: { status: 403, title: 'Countersign cannot decide now, so the answer is no.' },
  request_too_large: { status: 413, title: 'The request is larger than this operation takes.' },
} as const

export type DenialCode = keyof typeof denials

export interface Denial {
  readonly outcome: 'denied'
  readonly code: DenialCode
  /** One English sentence; never a value of the request. */
  readonly detail: string
}

export function deny(code: DenialCode, detail: string): Denial {
  return { outcome: 'denied', code, detail }
}

/** Answers with the problem document (RFC 9457) and the same as one ASCII line. */
export function sendDenial(response: ServerResponse, { code, detail }: Denial): void {
  if (response.headersSent || response.destroyed) {
    response.destroy()
    return
  }
  const { status, title } = denials[code]
  const line = JSON.stringify({ title, status, code, detail }).replace(
    /[\u007f-\uffff]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  )
  response.statusCode = status
  response.setHeader('Content-Type', 'application/problem+json')
  response.setHeader('Countersign-Problem', line)
  response.setHeader('Cache-Control', 'no-store')
  if (status === 401) response.setHeader('WWW-Authenticate', 'Countersign')
  // The rest of a body that was not read would be taken for the next request.
  if (status === 413) response.setHeader('Connection', 'close')
  response.end(line)
}
