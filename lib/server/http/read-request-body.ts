import { maxBodyBytes } from './read-json-body'

/** At most one byte more than any operation takes; the rest is never read. */
export async function readRequestBody(request: Request, limit = maxBodyBytes + 1): Promise<Uint8Array> {
  if (request.body === null) return new Uint8Array()
  const reader = request.body.getReader()
  const chunks: Uint8Array[] = []
  let length = 0
  while (length < limit) {
    const { done, value } = await reader.read()
    if (done) break
    chunks.push(value)
    length += value.byteLength
  }
  if (length >= limit) await reader.cancel().catch(() => undefined)
  return Buffer.concat(chunks).subarray(0, limit)
}
