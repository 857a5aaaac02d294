import type { IncomingMessage } from 'node:http'

/** Reads a request's body; null when it is longer than `longest` bytes (the rest is not kept). Rejects when it breaks off. */
export async function readBody(req: IncomingMessage, longest: number): Promise<Buffer | null> {
  if (Number(req.headers['content-length'] ?? 0) > longest) return null
  const chunks: Buffer[] = []
  let length = 0
  for await (const chunk of req as AsyncIterable<Buffer>) {
    length += chunk.length
    if (length > longest) return null
    chunks.push(chunk)
  }
  return chunks.length === 1 && chunks[0] ? chunks[0] : Buffer.concat(chunks)
}
