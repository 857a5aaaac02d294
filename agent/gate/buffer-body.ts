import type { IncomingMessage } from 'node:http'
import type { ByteBudget } from '@/lib/platform/byte-budget'

export type BufferBodyResult =
  | { outcome: 'buffered'; body: Buffer; release(): void }
  | { outcome: 'too_large' }
  | { outcome: 'no_room' }
  | { outcome: 'broken' }

/** Reads a request's body into memory, at most `maxBytes` of it. Whatever was read counts until `release`. */
export async function bufferBody(
  request: IncomingMessage,
  maxBytes: number,
  budget: ByteBudget,
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
