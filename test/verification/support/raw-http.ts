import { connect } from 'node:net'

export interface RawResponse {
  readonly status: number
  /** Names in lower case; several lines of one name joined by a comma. */
  readonly headers: ReadonlyMap<string, string>
  readonly body: string
}

export interface RawExchange {
  readonly responses: readonly RawResponse[]
  readonly elapsedMs: number
  /** What came behind the last whole response. */
  readonly rest: string
}

/**
 * Sends bytes as they are and reads until `expected` responses are whole or the other side ends.
 * `null` reads to the end of the connection, so that nothing that comes later is overlooked.
 */
export function exchangeRaw(
  port: number,
  bytes: string | Buffer | readonly (string | Buffer)[],
  expected: number | null = null,
): Promise<RawExchange> {
  const parts = typeof bytes === 'string' || Buffer.isBuffer(bytes) ? [bytes] : bytes
  return new Promise((resolve) => {
    const startedMs = performance.now()
    let received = ''
    const socket = connect({ port, host: '127.0.0.1' })
    const finish = () => {
      socket.destroy()
      resolve({ ...readResponses(received), elapsedMs: performance.now() - startedMs })
    }
    socket.on('connect', () => {
      for (const part of parts) socket.write(typeof part === 'string' ? Buffer.from(part, 'latin1') : part)
    })
    socket.on('data', (chunk: Buffer) => {
      received += chunk.toString('latin1')
      if (expected !== null && readResponses(received).responses.length >= expected) finish()
    })
    socket.on('end', finish)
    socket.on('error', finish)
    socket.setTimeout(10_000, finish)
  })
}

export interface RawConnection {
  /** Sends one request and waits for its answer; undefined when the connection ended without one. */
  ask(bytes: string): Promise<RawResponse | undefined>
  /** Resolves after so many answers. */
  answered(count: number): Promise<void>
}

/** One connection that is kept, for one request after the other. */
export async function openConnection(port: number): Promise<RawConnection> {
  const socket = connect({ port, host: '127.0.0.1' })
  await new Promise((resolve) => socket.once('connect', resolve))
  let received = ''
  let count = 0
  let settle: ((response: RawResponse | undefined) => void) | undefined
  const waiting: { readonly count: number; readonly resolve: () => void }[] = []
  const end = () => settle?.(undefined)
  socket.on('data', (chunk: Buffer) => {
    received += chunk.toString('latin1')
    const { responses, rest } = readResponses(received)
    if (!responses[0]) return
    received = rest
    count++
    for (const each of waiting) if (each.count <= count) each.resolve()
    settle?.(responses[0])
  })
  socket.on('end', end)
  socket.on('error', end)
  return {
    ask: (bytes) =>
      new Promise((resolve) => {
        settle = resolve
        if (socket.readableEnded || socket.destroyed) resolve(undefined)
        else socket.write(bytes)
      }),
    answered: (wanted) => new Promise((resolve) => waiting.push({ count: wanted, resolve })),
  }
}

function readResponses(text: string): { responses: RawResponse[]; rest: string } {
  const responses: RawResponse[] = []
  let rest = text
  for (;;) {
    const end = rest.indexOf('\r\n\r\n')
    if (end < 0) return { responses, rest }
    const [statusLine = '', ...lines] = rest.slice(0, end).split('\r\n')
    const status = Number(/^HTTP\/1\.[01] (\d{3})/.exec(statusLine)?.[1] ?? Number.NaN)
    const headers = new Map<string, string>()
    for (const line of lines) {
      const colon = line.indexOf(':')
      const name = line.slice(0, colon).toLowerCase()
      const value = line.slice(colon + 1).trim()
      headers.set(name, headers.has(name) ? `${headers.get(name)}, ${value}` : value)
    }
    const length = headers.get('content-length')
    const bodyStart = end + 4
    const bodyEnd = length === undefined ? bodyEndWithout(rest, bodyStart, status) : bodyStart + Number(length)
    if (rest.length < bodyEnd) return { responses, rest }
    responses.push({ status, headers, body: rest.slice(bodyStart, bodyEnd) })
    rest = rest.slice(bodyEnd)
  }
}

/** Interim responses have no body; a chunked one of the pages runs to the last chunk. */
function bodyEndWithout(text: string, bodyStart: number, status: number): number {
  if (status < 200 || status === 204 || status === 304) return bodyStart
  const last = text.indexOf('0\r\n\r\n', bodyStart)
  return last < 0 ? Number.POSITIVE_INFINITY : last + 5
}

/** Header lines of a request, as bytes on the wire. */
export function rawRequest(
  requestLine: string,
  headers: readonly (readonly [string, string])[],
  body = '',
  lineEnd = '\r\n',
): string {
  const lines = [requestLine, ...headers.map(([name, value]) => `${name}: ${value}`)]
  return `${lines.join(lineEnd)}${lineEnd}${lineEnd}${body}`
}
