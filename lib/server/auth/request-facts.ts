/** What authentication looks at in a request, whatever framework brought it. */
export interface RequestFacts {
  readonly method: string
  readonly headers: readonly (readonly [name: string, value: string])[]
  /** The socket's other end; null when the caller is in this process. */
  readonly peerAddress: string | null
}

/** The values of a header's lines. */
export function headerLines(request: RequestFacts, name: string): string[] {
  return request.headers.filter(([candidate]) => candidate.toLowerCase() === name).map(([, value]) => value)
}

/** The one value of a header; undefined when it is missing, null when it was sent more than once. */
export function singleHeader(request: RequestFacts, name: string): string | undefined | null {
  const lines = headerLines(request, name)
  return lines.length > 1 ? null : lines[0]
}

/** The facts of a Web request. server.ts writes the peer from the socket and deletes the client's own header. */
export function factsOfWebRequest(request: { readonly method: string; readonly headers: Headers }): RequestFacts {
  return {
    method: request.method,
    headers: [...request.headers],
    peerAddress: request.headers.get('x-countersign-peer'),
  }
}
