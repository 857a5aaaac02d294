import type { ErrorCode } from './error-code'

/** What a field of the input is wrong about, so that a form can show it there. */
export interface FieldProblem {
  /** Dotted path into the input: `authorities.0.pathPrefix`. */
  readonly path: string
  readonly message: string
}

/** An expected "no": an outcome, never an exception. */
export interface Refusal<Code extends ErrorCode = ErrorCode> {
  readonly outcome: 'refused'
  readonly code: Code
  /** One sentence for the person who reads it; it never holds a secret. */
  readonly detail: string
  readonly fields?: readonly FieldProblem[]
  /** When it may be worth another try. */
  readonly retryAfterSeconds?: number
}

export interface Done<Value> {
  readonly outcome: 'done'
  readonly value: Value
}

export type Outcome<Value> = Done<Value> | Refusal

export function done<Value>(value: Value): Done<Value> {
  return { outcome: 'done', value }
}

export function refuse<Code extends ErrorCode>(
  code: Code,
  detail: string,
  fields?: readonly FieldProblem[],
): Refusal<Code> {
  return { outcome: 'refused', code, detail, ...(fields && { fields }) }
}

/** The answer of a predicate: whether a thing can be done, and if not, why not, in words for people. */
export type Can = { readonly can: true } | { readonly can: false; readonly why: string }
