import type { IncomingMessage } from 'node:http'

/** How many bytes of bodies a gate holds at the same time, over all requests. */
export class BodyBudget {
  #held = 0
  readonly #limit: number

  constructor(limit: number) {
    this.#limit = limit
  }

  take(bytes: number): boolean {
    if (this.#held + bytes > this.#limit) return false
    this.#held += bytes
    return true
  }

  give(bytes: number): void {
    this.#held -= bytes
  }
}

export type BufferBodyResult =
  | { outcome: 'buffered'; body: Buffer; release(): void }
  | { outcome: 'too_large' }
  | { outcome: 'no_room' }
  | { outcome: 'broken' }

/** Reads a request's body into memory, at most `maxBytes` of it. Whatever was read counts until `release`. */
export async function bufferBody(
  request: IncomingMessage,
  maxBytes: number,
  budget: BodyBudget,
): Promise<BufferBodyResult> {
  const declared = Number(request.headers['content-length'] ?? 0)
  if (declared > maxBytes) return { outcome: 'too_large' }
  const chunks: Buffer[] = []
  let size = 0
  const fail = (outcome: 'too_large' | 'no_room' | 'broken'): BufferBodyResult => {
    budget.give(size)
    return { outcome }
  }
  try {
    // Not an iterator: leaving one early destroys the connection before the answer is out.
    return await new Promise<BufferBodyResult>((resolve, reject) => {
      request.on('data', (chunk: Buffer) => {
        if (size + chunk.length > maxBytes) resolve(stop(request, fail('too_large')))
        else if (!budget.take(chunk.length)) resolve(stop(request, fail('no_room')))
        else {
          size += chunk.length
          chunks.push(chunk)
        }
      })
      request.once('end', () => {
        resolve({ outcome: 'buffered', body: Buffer.concat(chunks, size), release: () => budget.give(size) })
      })
      request.once('error', reject)
      request.once('close', () => reject(new Error('the request was broken off')))
    })
  } catch {
    return fail('broken')
  }
}

function stop(request: IncomingMessage, result: BufferBodyResult): BufferBodyResult {
  request.removeAllListeners('data')
  request.pause()
  return result
}
