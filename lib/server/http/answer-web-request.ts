import type { Dependencies } from '../dependencies'
import { dispatchOperation } from './dispatch-operation'
import { maxBodyBytes } from './read-json-body'

/** Answers a call of the management API that came through a framework of Web `Request` and `Response`. */
export async function answerWebRequest(deps: Dependencies, request: Request): Promise<Response> {
  // The URL was made by the framework from an origin-form target; only its raw path and query are used.
  const url = new URL(request.url)
  const response = await dispatchOperation(deps, {
    method: request.method,
    path: url.pathname,
    query: url.search.slice(1),
    headers: [...request.headers],
    body: await readBody(request, maxBodyBytes + 1),
    // server.ts writes it from the socket and deletes the client's own.
    peerAddress: request.headers.get('x-countersign-peer'),
  })
  return new Response(response.body === '' ? null : response.body, {
    status: response.status,
    headers: response.headers,
  })
}

/** At most `limit` bytes; the rest is never read. */
async function readBody(request: Request, limit: number): Promise<Uint8Array> {
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
