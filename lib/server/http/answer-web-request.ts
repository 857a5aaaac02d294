import type { Dependencies } from '../dependencies'
import { dispatchOperation } from './dispatch-operation'
import { readRequestBody } from './read-request-body'

/** Answers a call of the management API that came through a framework of Web `Request` and `Response`. */
export async function answerWebRequest(deps: Dependencies, request: Request): Promise<Response> {
  // The URL was made by the framework from an origin-form target; only its raw path and query are used.
  const url = new URL(request.url)
  const response = await dispatchOperation(deps, {
    method: request.method,
    path: url.pathname,
    query: url.search.slice(1),
    headers: [...request.headers],
    body: await readRequestBody(request),
    // server.ts writes it from the socket and deletes the client's own.
    peerAddress: request.headers.get('x-countersign-peer'),
  })
  return new Response(response.body === '' ? null : response.body, {
    status: response.status,
    headers: response.headers,
  })
}
