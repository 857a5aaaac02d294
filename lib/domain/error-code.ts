/**
 * The one registry of error codes: status, meaning, and what the person who gets it can do next.
 *
 * `docs/error-codes.md` is generated from it. Gateway endpoints answer 401 or 403 and nothing else (protocol.md, section 6),
 * so every code that can reach a gateway carries one of the two.
 */
export interface ErrorCodeEntry {
  readonly status: 400 | 401 | 403 | 404 | 405 | 409 | 413 | 429 | 500 | 503
  /** Whether it can be the outcome of a decision; the others belong to the management API and to enrolment. */
  readonly kind: 'decision' | 'api'
  readonly title: string
  readonly advice: string
}

export const errorCodes = {
  credential_missing: {
    status: 401,
    kind: 'decision',
    title: 'The request carries no Countersign credential.',
    advice:
      'Send the request through the agent: countersign fetch, countersignFetch, or the header lines of countersign sign.',
  },
  credential_malformed: {
    status: 401,
    kind: 'decision',
    title: 'The credential is not in the form that the profile demands.',
    advice:
      'Use the agent, or compare what your signer writes with section 4 of the protocol; the detail names the rule.',
  },
  credential_expired: {
    status: 401,
    kind: 'decision',
    title: 'The credential was made too long ago.',
    advice:
      'Make a new credential for each request; if it happens again, renew the machine so that it takes the time anew.',
  },
  credential_not_yet_valid: {
    status: 401,
    kind: 'decision',
    title: 'The credential says it was made in the future.',
    advice: 'The signing clock is ahead. The agent takes its time from its renewal: run countersign renew.',
  },
  credential_replayed: {
    status: 401,
    kind: 'decision',
    title: 'This credential was used before; each one works once.',
    advice:
      'Make a new credential for the retry. If this machine did not send the request twice, somebody captured it.',
  },
  credential_forked: {
    status: 401,
    kind: 'decision',
    title: 'Another request already used this number: two copies of this machine are signing.',
    advice: 'The machine is quarantined. Find the copy, then enrol the machine anew or release it as an operator.',
  },
  signature_invalid: {
    status: 401,
    kind: 'decision',
    title: 'The signature does not match the request.',
    advice: 'Something changed the request on its way, or it was signed with another key. Sign what the gateway sees.',
  },
  component_missing: {
    status: 401,
    kind: 'decision',
    title: 'The signature does not cover something that it must cover.',
    advice: 'Accept-Signature names the components. The agent fetches the list by itself when it changes.',
  },
  component_unexpected: {
    status: 401,
    kind: 'decision',
    title: 'The signature covers something that the profile does not allow.',
    advice: 'Cover exactly the components that Accept-Signature names.',
  },
  digest_mismatch: {
    status: 401,
    kind: 'decision',
    title: 'The body is not the one that was signed.',
    advice: 'Something changed the body on its way. Compute Content-Digest over the bytes that are sent.',
  },
  body_unchecked: {
    status: 403,
    kind: 'decision',
    title: 'This service wants every body checked, and nobody on the way could check this one.',
    advice: 'Use a gateway that sees bodies (countersign gate), or set the service to body binding "backend".',
  },
  body_unexpected: {
    status: 401,
    kind: 'decision',
    title: 'A GET, HEAD or OPTIONS request carries a body.',
    advice: 'Send the body with another method.',
  },
  machine_unknown: {
    status: 401,
    kind: 'decision',
    title: 'No machine of this deployment has this id.',
    advice: 'Enrol the machine with this deployment, or check that it calls the right one.',
  },
  machine_pending: {
    status: 403,
    kind: 'decision',
    title: 'The machine waits for approval.',
    advice: 'An operator has to approve it.',
  },
  machine_suspended: {
    status: 403,
    kind: 'decision',
    title: 'The machine is suspended.',
    advice: 'An operator suspended it and can reinstate it.',
  },
  machine_quarantined: {
    status: 403,
    kind: 'decision',
    title: 'The machine is quarantined, because a copy of it was seen.',
    advice: 'An operator has to look at both sides and release it, or revoke it.',
  },
  machine_revoked: {
    status: 403,
    kind: 'decision',
    title: 'The machine is revoked.',
    advice: 'Revocation is final. Enrol it anew under a new identity if it should come back.',
  },
  machine_expired: {
    status: 403,
    kind: 'decision',
    title: 'The machine did not renew in time and has expired.',
    advice: 'Enrol the machine again, and keep its agent running so that it renews.',
  },
  generation_superseded: {
    status: 401,
    kind: 'decision',
    title: 'The keys of this generation were replaced.',
    advice: 'Use the running agent. If this machine runs no other agent, somebody uses a copy of it.',
  },
  algorithm_not_allowed: {
    status: 401,
    kind: 'decision',
    title: 'The machine or the service does not allow this signature algorithm.',
    advice: 'Sign with the algorithm that the machine enrolled for; the service may demand an asymmetric one.',
  },
  authority_unknown: {
    status: 403,
    kind: 'decision',
    title: 'The request was sent to a host or path that is not this service’s.',
    advice: 'Add the host to the service, or call it under one of its authorities. The record shows both hosts.',
  },
  service_unknown: {
    status: 403,
    kind: 'decision',
    title: 'No active service has this name.',
    advice: 'Compare the service’s slug in the gateway’s configuration with admin service list.',
  },
  gateway_unknown: {
    status: 403,
    kind: 'decision',
    title: 'The caller is no gateway of this service.',
    advice: 'Give the gateway a key (admin gateway key add) and send it as Countersign-Gateway-Key.',
  },
  policy_denied: {
    status: 403,
    kind: 'decision',
    title: 'This machine may not call this service.',
    advice: 'The service’s label selector does not match the machine’s labels.',
  },
  first_factor_not_bound: {
    status: 403,
    kind: 'decision',
    title: 'This first factor is pinned to other machines.',
    advice: 'Use the secret that belongs to this machine, or pin it to this one as well.',
  },
  rate_limited: {
    status: 403,
    kind: 'decision',
    title: 'The machine asks faster than its limit allows.',
    advice: 'Slow down, or raise the limit.',
  },
  unavailable: {
    status: 403,
    kind: 'decision',
    title: 'Countersign cannot decide now, so the answer is no.',
    advice: 'Try again with a new credential. Operators: see /readyz and the log.',
  },
  request_malformed: {
    status: 400,
    kind: 'api',
    title: 'The request is not in the form that this operation takes.',
    advice: 'The detail names the field; docs/openapi.json has every operation.',
  },
  request_too_large: {
    status: 413,
    kind: 'api',
    title: 'The request is larger than this operation takes.',
    advice: 'Send less in one call.',
  },
  unauthenticated: {
    status: 401,
    kind: 'api',
    title: 'The call carries no valid API token or session.',
    advice: 'Send Authorization: Bearer cst_…; tokens expire and can be revoked.',
  },
  sign_in_refused: {
    status: 401,
    kind: 'api',
    title: 'The e-mail address, the password or the code is wrong.',
    advice: 'Try again. Whoever runs the server can make a reset link: admin operator reset EMAIL.',
  },
  sign_in_step_expired: {
    status: 401,
    kind: 'api',
    title: 'This sign-in was not finished in time.',
    advice: 'Begin again with your e-mail address and password.',
  },
  link_invalid: {
    status: 403,
    kind: 'api',
    title: 'This link does not work any more.',
    advice: 'Each link works once and for 24 hours, and only the newest one does. Ask for a new one.',
  },
  tls_required: {
    status: 403,
    kind: 'api',
    title: 'Signing in needs TLS everywhere but on the machine that runs Countersign.',
    advice: 'docs/sign-in.md has the settings: COUNTERSIGN_PUBLIC_URL with https, and COUNTERSIGN_TRUSTED_PROXIES.',
  },
  origin_refused: {
    status: 403,
    kind: 'api',
    title: 'The call was not made by this console.',
    advice: 'A session works from pages of the console only; scripts use API tokens.',
  },
  permission_denied: {
    status: 403,
    kind: 'api',
    title: 'Your role does not allow this.',
    advice: 'The detail names the permission; an administrator can do it or give you the role.',
  },
  not_found: {
    status: 404,
    kind: 'api',
    title: 'There is no such thing.',
    advice: 'Compare the id with the list.',
  },
  method_not_allowed: {
    status: 405,
    kind: 'api',
    title: 'This path does not take this method.',
    advice: 'docs/openapi.json has every operation.',
  },
  conflict: {
    status: 409,
    kind: 'api',
    title: 'The change does not fit the present state.',
    advice: 'The detail says what is in the way.',
  },
  locked_out: {
    status: 429,
    kind: 'api',
    title: 'Too many wrong tries.',
    advice: 'Each further wrong try doubles the wait; Retry-After has it in seconds.',
  },
  too_many_requests: {
    status: 429,
    kind: 'api',
    title: 'This was asked for too often.',
    advice: 'Wait as long as Retry-After says.',
  },
  join_token_invalid: {
    status: 403,
    kind: 'api',
    title: 'The join token is not one of this deployment.',
    advice: 'Make a new one: admin join-token create.',
  },
  join_token_expired: {
    status: 403,
    kind: 'api',
    title: 'The join token has expired or was revoked.',
    advice: 'Make a new one: admin join-token create.',
  },
  join_token_used: {
    status: 403,
    kind: 'api',
    title: 'The join token was used as often as it may be.',
    advice: 'Make a new one. If you did not use it, find out who did: the audit log names the machine.',
  },
  evidence_refused: {
    status: 403,
    kind: 'api',
    title: 'The evidence does not prove what it should.',
    advice: 'The detail says which rule it breaks.',
  },
  enrollment_signature_invalid: {
    status: 401,
    kind: 'api',
    title: 'A signature of the message does not hold.',
    advice: 'Sign the message as docs/machine-messages.md says; check the machine’s clock.',
  },
  generation_conflict: {
    status: 409,
    kind: 'api',
    title: 'The message is not signed by the machine’s current generation.',
    advice: 'Another process renewed this machine. Use the running agent, or enrol anew.',
  },
  overloaded: {
    status: 503,
    kind: 'api',
    title: 'Too much is waiting already.',
    advice: 'Try again after Retry-After seconds; take anything but 200 as deny.',
  },
  internal_error: {
    status: 500,
    kind: 'api',
    title: 'Something went wrong here.',
    advice: 'Give the requestId to whoever runs Countersign.',
  },
} as const satisfies Record<string, ErrorCodeEntry>

export type ErrorCode = keyof typeof errorCodes

export type DecisionCode = {
  [Code in ErrorCode]: (typeof errorCodes)[Code]['kind'] extends 'decision' ? Code : never
}[ErrorCode]
