/**
 * How a command ends. The numbers are part of the interface: 0 allowed or done, 1 refused, 2 wrong usage,
 * 3 the service (or the agent) could not be reached.
 */
export const exitCodes = { done: 0, refused: 1, usage: 2, unreachable: 3 } as const

export type ExitCode = (typeof exitCodes)[keyof typeof exitCodes]

/** An expected failure, worded for the person who reads it: what happened, and what to do next. Never holds a secret. */
export class AgentError extends Error {
  readonly code: string
  readonly exitCode: ExitCode
  readonly advice: string | undefined

  constructor(exitCode: ExitCode, code: string, message: string, advice?: string) {
    super(message)
    this.name = 'AgentError'
    this.code = code
    this.exitCode = exitCode
    this.advice = advice
  }
}

export function refused(code: string, message: string, advice?: string): AgentError {
  return new AgentError(exitCodes.refused, code, message, advice ?? adviceFor(code))
}

export function wrongUsage(message: string, advice?: string): AgentError {
  return new AgentError(exitCodes.usage, 'usage', message, advice)
}

/** Nobody answered, or answered that it cannot at this moment: trying again later is right. */
export class UnreachableError extends AgentError {
  /** Whether the other side may have acted on the message all the same. */
  readonly mayHaveArrived: boolean

  constructor(message: string, advice?: string, mayHaveArrived = true) {
    super(exitCodes.unreachable, 'unreachable', message, advice)
    this.mayHaveArrived = mayHaveArrived
  }
}

/** An answer that began and broke off: the request has arrived. */
export function unreachableBody(reason: string): UnreachableError {
  return new UnreachableError(
    `The answer broke off: ${reason}.`,
    'The request has reached the service. Look whether it was carried out before you send it again.',
  )
}

/** What to do on this machine about a code that the service gave; undefined when the service's own words must do. */
export function adviceFor(code: string): string | undefined {
  return Object.hasOwn(adviceByCode, code) ? adviceByCode[code] : undefined
}

const enrollAgain =
  'To come back, choose an empty state directory (--state) and enrol again with a new join token from an operator.'

const adviceByCode: Record<string, string> = {
  generation_conflict:
    'Another process renewed this machine with other keys: a copy of this state directory is in use, or it was restored ' +
    `from a backup. Ask an operator (admin machine show); find the copy. ${enrollAgain}`,
  generation_superseded:
    'The keys in this state directory were replaced long ago: it is an old copy. Use the original, or enrol anew. ' +
    enrollAgain,
  machine_quarantined:
    'A copy of this machine was seen. An operator has to look at both sides and release or revoke the machine.',
  machine_revoked: `Revocation is final. ${enrollAgain}`,
  machine_suspended: 'An operator suspended this machine and can reinstate it: admin machine reinstate.',
  machine_expired: `The machine did not renew in time. ${enrollAgain}`,
  machine_pending: 'An operator has to approve this machine.',
  machine_unknown: `The service does not know this machine: another deployment, or a new database. ${enrollAgain}`,
  join_token_invalid: 'Ask an operator for a new join token: admin join-token create.',
  join_token_expired: 'Ask an operator for a new join token: admin join-token create.',
  join_token_used:
    'Ask an operator for a new join token. If you did not use this one, say so: the audit log names the machine it made.',
  enrollment_signature_invalid:
    'Compare this machine’s clock with the service’s, and the --server URL with its public URL.',
  authority_unknown:
    'No service of this deployment has this host and path. Compare the URL with the service’s authorities ' +
    '(countersign status lists them), or ask an operator to add it.',
  credential_replayed: 'Make a new credential for every request, also for a retry.',
  credential_expired: 'Make the credential right before the request. If this goes on, run: countersign renew',
  credential_not_yet_valid: 'Run: countersign renew (it takes the time from the service anew).',
  policy_denied: 'This machine may not call this service; an operator can change the service’s selector.',
}
