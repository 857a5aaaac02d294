import type { HttpField, ParsedContentDigest } from '@/lib/protocol'

/** A request as far as a decision needs it, from whichever framework. All of it is the client's. */
export interface ReceivedRequest {
  readonly method: string
  /** The raw request-target, or what the handler sees where that is lost. */
  readonly target: string
  /** Field lines as received, or as merged where the lines are lost. */
  readonly fields: readonly HttpField[]
  readonly sourceAddress: string | undefined
  readonly body: ReceivedBody
}

export type ReadWholeResult =
  | { readonly outcome: 'read'; readonly digests: ParsedContentDigest }
  | { readonly outcome: 'too_large' | 'no_room' | 'broken' | 'taken' }

/** The body of a request that is still to be decided about. Nothing of it reaches the handler before. */
export interface ReceivedBody {
  /** Whether there is one, or one was announced. */
  hasContent(): Promise<boolean>
  /** Reads all of it and keeps it for the handler. */
  readWhole(): Promise<ReadWholeResult>
  /** Lets it go to the handler as it comes, and fails it at its end when it is another one; `differs` when that is known at once. */
  compareAsItComes(expected: ParsedContentDigest): { readonly outcome: 'comparing' | 'differs' | 'taken' }
  /** Lets it go to the handler as it is. */
  letGo(): void
  /** The request was denied: nobody will read it. */
  drop(): void
}

/** All lines of a field, with nothing joined or dropped. @param name in lower case */
export function fieldLines(request: Pick<ReceivedRequest, 'fields'>, name: string): string[] {
  return request.fields.filter(([each]) => each.toLowerCase() === name).map(([, value]) => value)
}
