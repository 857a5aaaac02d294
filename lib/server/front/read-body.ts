import type { IncomingMessage } from 'node:http'

/** What is too long is read on and thrown away up to here, because a client that is still sending would miss the answer. */
const longestDrained = 1024 * 1024

/** Reads a request's body; null when it is longer than `longest` bytes. Rejects when it breaks off. */
export function readBody(req: IncomingMessage, longest: number): Promise<Buffer | null> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = []
    let length = 0
    // No `for await`: leaving its loop destroys the socket before anybody can answer.
    req.on('data', (chunk: Buffer) => {
      length += chunk.length
      if (length <= longest) chunks.push(chunk)
      else chunks.length = 0
      if (length > longestDrained) resolve(null)
    })
    req.on('end', () => resolve(length > longest ? null : joinChunks(chunks)))
    req.on('error', reject)
    if (Number(req.headers['content-length'] ?? 0) > longestDrained) resolve(null)
  })
}

/** Most bodies come in one piece, which need not be copied. */
function joinChunks(chunks: readonly Buffer[]): Buffer {
  return chunks.length === 1 && chunks[0] ? chunks[0] : Buffer.concat(chunks)
}
