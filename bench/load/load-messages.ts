/** What the load process is asked to send. */
export type RequestPlan =
  /** The same bytes every time, for what spends nothing. */
  | { readonly kind: 'same'; readonly request: string }
  /** A credential of its own for each request, asked about at `/api/v1/verify` or at nginx's endpoint. */
  | ({ readonly kind: 'verify' | 'nginx' } & CredentialPlan)

export interface CredentialPlan {
  readonly serverUrl: string
  readonly service: string
  /** Of the service: what the client's request names. */
  readonly authority: string
  /** None where the socket says which gateway asks. */
  readonly gatewayKey: string | undefined
  /** Lets in as many machines as `machines`. */
  readonly joinToken: string
  readonly machines: number
}

/** A port on loopback, or the path of a Unix-domain socket. */
export type LoadAddress = { readonly port: number } | { readonly path: string }

/** First message to the load process. */
export interface PrepareMessage {
  readonly kind: 'prepare'
  readonly address: LoadAddress
  /** Whose processor time is told beside the load's own. */
  readonly serverPid: number
  readonly plan: RequestPlan
  /** Looked for in the first answer of each run, so that a fast nonsense is not taken for a fast answer. */
  readonly expect: AnswerExpectation
}

export interface AnswerExpectation {
  readonly contains?: string
  readonly lacks?: string
}

/** One measured point. */
export interface RunMessage {
  readonly kind: 'run'
  readonly connections: number
  readonly warmUpSeconds: number
  readonly seconds: number
  /**
   * Requests a second at a fixed pace, whatever the server does: latency is then counted from when a request was due, also
   * while it waited for a free connection. Without it each connection asks as soon as it was answered.
   */
  readonly pace?: number
}

export type LoadCommand = PrepareMessage | RunMessage

/** Processor time in cores over the measured seconds; null where the system does not tell. */
export interface ProcessorUse {
  readonly load: number
  readonly server: number | null
  /** Everything on the machine, the two above included. */
  readonly machine: number | null
}

export interface RunResult {
  readonly perSecond: number
  readonly p50Ms: number
  readonly p99Ms: number
  /** Every 200 that came, warm-up included. */
  readonly allowed: number
  /** Status and code of each other answer, with its count; a connection that broke is `broken`. */
  readonly errors: Readonly<Record<string, number>>
  /** Requests that had to be signed during the measurement, because fewer were prepared than the server answered. */
  readonly signedLate: number
  readonly processor: ProcessorUse
  /** When it was measured, on the machine's monotonic clock. */
  readonly window: MeasuredWindow
}

export interface MeasuredWindow {
  readonly fromMicros: number
  readonly toMicros: number
}

export type LoadReply =
  | { readonly kind: 'prepared' }
  | { readonly kind: 'result'; readonly result: RunResult }
  | { readonly kind: 'failed'; readonly reason: string }
