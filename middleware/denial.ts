/** Status and title of each denial that is made here, as the verification service words them. */
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

/** What a request that is not let in is answered with. */
export interface Denial {
  readonly outcome: 'denied'
  readonly code: string
  readonly status: number
  /** Beside the framing. */
  readonly headers: Readonly<Record<string, string>>
  /** A problem document (RFC 9457), ASCII. */
  readonly body: string
}

/** @param detail one English sentence; never a value of the request */
export function deny(code: DenialCode, detail: string): Denial {
  const { status, title } = denials[code]
  const body = JSON.stringify({ title, status, code, detail }).replace(
    /[\u007f-\uffff]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  )
  return formDenial(code, status, body, {
    'Countersign-Problem': body,
    ...(status === 401 && { 'WWW-Authenticate': 'Countersign' }),
    // The rest of a body that was not read would be taken for the next request.
    ...(status === 413 && { Connection: 'close' }),
  })
}

/** The verification service's own words, handed on. */
export function formDenial(
  code: string,
  status: number,
  body: string,
  headers: Readonly<Record<string, string>>,
): Denial {
  const all = { 'Content-Type': 'application/problem+json', 'Cache-Control': 'no-store', ...headers }
  return { outcome: 'denied', code, status, headers: all, body }
}
