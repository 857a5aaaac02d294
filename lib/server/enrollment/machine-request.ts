/**
 * Enrolment and renewal: the messages that machines sign (docs/machine-messages.md), from their bytes to their answers.
 */
import type { Dependencies } from '../dependencies'
import type { AttemptLimiter } from './create-attempt-limiter'

/** An HTTP request as the server's listener hands it over. Nothing in it is proven. */
export interface MachineRequest {
  readonly method: string
  /** The raw request-target. */
  readonly path: string
  /** Raw field lines, in order. */
  readonly headers: readonly (readonly [string, string])[]
  readonly body: Uint8Array
  /** The authorities that messages may be signed for (`listAcceptedAuthorities`), the public one first. */
  readonly authorities: readonly string[]
  /** From the socket, or what a trusted proxy says. A fact for people and for limits, never a reason to allow. */
  readonly peerAddress: string
}

export interface MachineAnswer {
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
}

export interface MachineRequestDependencies extends Dependencies {
  /** One per process: `createAttemptLimiter()`. */
  readonly attempts: AttemptLimiter
}

/** A request with the id that its answer, its records and its log lines share. */
export interface NumberedMachineRequest extends MachineRequest {
  /** `req_…` */
  readonly requestId: string
}
