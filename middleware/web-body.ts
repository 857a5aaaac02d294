import { checkContentDigest, type ParsedContentDigest } from '@/lib/protocol'
import { BodyDigests } from './body-digests'
import type { ReadWholeResult, ReceivedBody } from './incoming-request'
import type { NodeBodyLimits } from './node-body'

/** The body of a Web `Request`, which the handler gets as `request`: the same object, or with a streamed body a new one. */
export class WebBody<Received extends Request> implements ReceivedBody {
  request: Received | Request
  readonly #limits: NodeBodyLimits
  #budgetedBytes = 0

  constructor(request: Received, limits: NodeBodyLimits) {
    this.request = request
    this.#limits = limits
  }

  /** Where the framing is lost, a stream may be there that turns out to be empty. */
  async hasContent(): Promise<boolean> {
    const reader = this.request.clone().body?.getReader()
    for (;;) {
      const part = await reader?.read()
      if (part === undefined || part.done) return false
      if (part.value.length > 0) return true
    }
  }

  async readWhole(): Promise<ReadWholeResult> {
    const { request } = this
    if (request.bodyUsed) return { outcome: 'taken' }
    const { maxBodyBytes, budget } = this.#limits
    const digests = new BodyDigests(claimsSha512(request))
    if (request.body === null) return { outcome: 'read', digests: digests.finish() }
    if (Number(request.headers.get('content-length') ?? 0) > maxBodyBytes) return { outcome: 'too_large' }
    // The copy keeps for the handler whatever is read here.
    const reader = request.clone().body?.getReader()
    try {
      for (;;) {
        const part = await reader?.read()
        if (part === undefined || part.done) return { outcome: 'read', digests: digests.finish() }
        if (this.#budgetedBytes + part.value.length > maxBodyBytes) return { outcome: 'too_large' }
        if (!budget.take(part.value.length)) return { outcome: 'no_room' }
        this.#budgetedBytes += part.value.length
        digests.update(part.value)
      }
    } catch {
      return { outcome: 'broken' }
    } finally {
      // Not awaited: a copy's cancellation waits for the other half's.
      reader?.cancel().catch(() => undefined)
    }
  }

  compareAsItComes(expected: ParsedContentDigest): { outcome: 'comparing' | 'differs' | 'taken' } {
    const { request } = this
    if (request.bodyUsed) return { outcome: 'taken' }
    const digests = new BodyDigests(expected.sha512 !== undefined)
    const matches = (): boolean => checkContentDigest(expected, digests.finish()).outcome === 'matches'
    if (request.body === null) return { outcome: matches() ? 'comparing' : 'differs' }
    const compared = new TransformStream<Uint8Array<ArrayBuffer>, Uint8Array<ArrayBuffer>>({
      transform(chunk, controller) {
        digests.update(chunk)
        controller.enqueue(chunk)
      },
      flush(controller) {
        if (!matches()) controller.error(new Error('The body is not the one that was countersigned.'))
      },
    })
    const { url, method, headers, signal } = request
    // From its parts: the requests of some frameworks are stand-ins, which no constructor takes.
    const init = { method, headers, signal, body: request.body.pipeThrough(compared), duplex: 'half' }
    this.request = new Request(url, init)
    return { outcome: 'comparing' }
  }

  letGo(): void {
    this.#limits.budget.give(this.#budgetedBytes)
    this.#budgetedBytes = 0
  }

  drop(): void {
    this.letGo()
    // Not awaited, and one that is locked or gone needs no end.
    this.request.body?.cancel().catch(() => undefined)
  }
}

function claimsSha512(request: Request): boolean {
  return request.headers.get('content-digest')?.includes('sha-512') === true
}
