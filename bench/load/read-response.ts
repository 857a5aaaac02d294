/** One answer as far as the load looks at it. */
export interface ReadResponse {
  readonly status: number
  /** Head and body, for what is not 200 and for the first look. */
  readonly text: string
}

const contentLength = /\r\ncontent-length: *(\d+)/i
const chunked = /\r\ntransfer-encoding: *chunked/i

/**
 * Reads one HTTP/1.1 response from the bytes that came so far; undefined while it is not whole. As little as is needed to
 * know where it ends: a full parser would take as much of the processor as the server under test.
 * Not checked: anything behind the response, because nothing is sent before it was read.
 */
export function readResponse(text: string): ReadResponse | undefined {
  const headEnd = text.indexOf('\r\n\r\n')
  if (headEnd < 0) return undefined
  const length = contentLength.exec(text)?.[1]
  if (length !== undefined) {
    if (text.length < headEnd + 4 + Number(length)) return undefined
  } else if (chunked.test(text.slice(0, headEnd)) && !text.endsWith('\r\n0\r\n\r\n')) {
    return undefined
  }
  return { status: Number(text.slice(9, 12)), text }
}
