import type { IncomingMessage, ServerResponse } from 'node:http'
import { Socket } from 'node:net'
import { checkContentDigest, type ParsedContentDigest } from '@/lib/protocol'
import type { ByteBudget } from '@/lib/platform/byte-budget'
import { BodyDigests } from './body-digests'
import { deny } from './denial'
import type { ReadWholeResult, ReceivedBody } from './incoming-request'

/** As much as a stream of Node holds itself before it asks the client to wait. */
const HELD_BEFORE_DECISION = 64 * 1024

export interface NodeBodyLimits {
  readonly maxBodyBytes: number
  readonly budget: ByteBudget
}

/**
 * The body of Node's own request. It stands between the parser, which calls `push`, and the stream that handlers read,
 * so that those see nothing before the decision and no end before the bytes were compared, however they read:
 * listeners, pipes, iterators, parsers of a framework. Make it before anything is awaited.
 */
export class NodeBody implements ReceivedBody {
  readonly #isAnnounced: boolean
  readonly #request: IncomingMessage
  readonly #response: ServerResponse
  readonly #limits: NodeBodyLimits
  readonly #push: IncomingMessage['push']
  readonly #needsSha512: boolean
  /** What the stream held already when this was made. */
  readonly #early: Buffer | undefined
  /** Somebody has read from it, or had it turned into text: the bytes cannot be had any more. */
  readonly #isTaken: boolean
  readonly #held: Buffer[] = []
  #heldBytes = 0
  #budgetedBytes = 0
  #hasEnded: boolean
  #onChunk: (chunk: Buffer) => boolean
  #onEnd: () => void = () => undefined

  constructor(request: IncomingMessage, response: ServerResponse, limits: NodeBodyLimits) {
    const { 'transfer-encoding': coding, 'content-length': length, 'content-digest': digest = '' } = request.headers
    this.#isAnnounced = coding !== undefined || (length !== undefined && !/^0+$/.test(length))
    this.#request = request
    this.#response = response
    this.#limits = limits
    this.#needsSha512 = digest.includes('sha-512')
    this.#isTaken = request.readableDidRead || request.readableEncoding !== null
    this.#hasEnded = request.complete
    this.#early = this.#isTaken ? undefined : takeBack(request)
    this.#push = request.push.bind(request)
    this.#onChunk = (chunk) => this.#hold(chunk) < HELD_BEFORE_DECISION
    request.push = (chunk: Buffer | string | null, encoding?: BufferEncoding) => {
      if (chunk !== null) return this.#onChunk(typeof chunk === 'string' ? Buffer.from(chunk, encoding) : chunk)
      this.#hasEnded = true
      this.#onEnd()
      return false
    }
  }

  hasContent(): Promise<boolean> {
    return Promise.resolve(this.#isAnnounced)
  }

  readWhole(): Promise<ReadWholeResult> {
    if (this.#isTaken && this.#isAnnounced) return Promise.resolve({ outcome: 'taken' })
    const { maxBodyBytes, budget } = this.#limits
    const request = this.#request
    const digests = new BodyDigests(this.#needsSha512)
    let size = 0
    let isDone = false
    return new Promise((resolve) => {
      const finish = (result: ReadWholeResult): void => {
        if (isDone) return
        isDone = true
        this.#onChunk = () => true
        this.#onEnd = () => undefined
        resolve(result)
      }
      const count = (chunk: Buffer): void => {
        if (isDone) return
        if (size + chunk.length > maxBodyBytes) return finish({ outcome: 'too_large' })
        if (!budget.take(chunk.length)) return finish({ outcome: 'no_room' })
        size += chunk.length
        this.#budgetedBytes = size
        digests.update(chunk)
      }
      const end = (): void => finish({ outcome: 'read', digests: digests.finish() })
      if (Number(request.headers['content-length'] ?? 0) > maxBodyBytes) return finish({ outcome: 'too_large' })
      if (this.#early) count(this.#early)
      for (const chunk of this.#held) count(chunk)
      if (isDone) return
      if (this.#hasEnded) return end()
      this.#onEnd = end
      this.#onChunk = (chunk) => {
        count(chunk)
        if (!isDone) this.#hold(chunk)
        return true
      }
      request.once('close', () => finish({ outcome: 'broken' }))
      if (request.destroyed) return finish({ outcome: 'broken' })
      // The client was asked to wait at some point: ask for more, without taking anything.
      request.read(0)
    })
  }

  compareAsItComes(expected: ParsedContentDigest): { outcome: 'comparing' | 'differs' | 'taken' } {
    if (this.#isTaken && this.#isAnnounced) return { outcome: 'taken' }
    const digests = new BodyDigests(expected.sha512 !== undefined)
    if (this.#early) digests.update(this.#early)
    const matches = (): boolean => checkContentDigest(expected, digests.finish()).outcome === 'matches'
    if (this.#hasEnded) {
      for (const chunk of this.#held) digests.update(chunk)
      if (!matches()) return { outcome: 'differs' }
      this.letGo()
      return { outcome: 'comparing' }
    }
    this.#onEnd = () => {
      if (matches()) this.#push(null)
      else this.#breakOff()
    }
    this.#onChunk = (chunk) => {
      digests.update(chunk)
      return this.#push(chunk)
    }
    for (const chunk of this.#held.splice(0)) this.#onChunk(chunk)
    return { outcome: 'comparing' }
  }

  letGo(): void {
    this.#leaveBudget()
    this.#onChunk = (chunk) => this.#push(chunk)
    for (const chunk of this.#held.splice(0)) this.#push(chunk)
    if (this.#hasEnded) this.#push(null)
    else this.#onEnd = () => void this.#push(null)
  }

  drop(): void {
    this.#leaveBudget()
    this.#held.length = 0
    this.#onChunk = () => true
    this.#onEnd = () => void this.#push(null)
    if (this.#hasEnded) this.#push(null)
  }

  /** What was read whole is the handler's from here, or nobody's. */
  #leaveBudget(): void {
    this.#limits.budget.give(this.#budgetedBytes)
    this.#budgetedBytes = 0
  }

  /** @returns how many bytes are held now */
  #hold(chunk: Buffer): number {
    this.#held.push(chunk)
    this.#heldBytes += chunk.length
    return this.#heldBytes
  }

  /** For the handler the client has gone in the middle of the body, which it has to expect of every client. */
  #breakOff(): void {
    const { socket } = this.#response
    // The response is the handler's by now, and it may be writing it this moment: the reason goes past it or not at all.
    if (!this.#response.headersSent && socket instanceof Socket && socket.writable) {
      const { status, headers, body } = deny('digest_mismatch', 'The body is not the one that Content-Digest names.')
      const lines = Object.entries({ ...headers, 'Content-Length': body.length, Connection: 'close' })
      const head = lines.map(([name, value]) => `${name}: ${value}\r\n`).join('')
      socket.write(`HTTP/1.1 ${status} Unauthorized\r\n${head}\r\n${this.#request.method === 'HEAD' ? '' : body}`)
    }
    this.#request.destroy(new Error('The body is not the one that was countersigned.'))
  }
}

/** What came while other code ran before this library stays in the stream; here it is only looked at. */
function takeBack(request: IncomingMessage): Buffer | undefined {
  if (request.readableLength === 0) return undefined
  const early = request.read() as Buffer | null
  if (early === null) return undefined
  request.unshift(early)
  return early
}
