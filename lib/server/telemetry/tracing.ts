/** Something that was done, as a span of a trace. */
export interface DoneWork {
  /** `api.revokeMachine`, `machine.renewal`, `decision.batch`, `decision`: a name of ours, never text that was sent. */
  readonly name: string
  /** On the clock of `performance.now()`. */
  readonly startedMs: number
  /** Codes, ids and numbers of ours. */
  readonly attributes: Readonly<Record<string, string | number>>
  /** W3C Trace Context: the value of the caller's `traceparent`, as it came. What is no such value is left away. */
  readonly traceparent?: string | undefined
  readonly isFailure: boolean
}

/** Where spans go. Nothing of it exists unless a collector is set. */
export interface Tracing {
  record(work: DoneWork): void
  /** Sends what waits, for at most two seconds. */
  stop(): Promise<void>
}

/** Whether the caller traces this request and wants to hear of it. */
export function isSampled(traceparent: string | undefined): traceparent is string {
  return /^00-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f][13579bdf]$/.test(traceparent ?? '')
}
