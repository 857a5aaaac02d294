import { createConnection } from 'node:net'
import { connect, type ConnectionOptions } from 'node:tls'

export interface RawAnswer {
  /** The last status line's; 0 when nothing came that is HTTP. */
  readonly status: number
  /** Of every status line in what came back: more than one means that more than one request was answered. */
  readonly statuses: readonly number[]
  /** The code in `Countersign-Problem`, or undefined. */
  readonly code: string | undefined
  readonly text: string
  readonly tookMs: number
  header(name: string): string | undefined
  /** What follows the last head. */
  readonly body: string
}

const defaultPatienceMs = 5_000

/**
 * Sends these very bytes and gives back what comes until the other side closes. Latin-1 on both ways, so that a character
 * is a byte. Rejects after five seconds, or `patienceMs`: no gateway may leave a client hanging. With `tls`, over TLS.
 */
export function sendRaw(
  port: number,
  bytes: string,
  tls?: ConnectionOptions,
  patienceMs = defaultPatienceMs,
): Promise<RawAnswer> {
  const startedAt = performance.now()
  return new Promise((resolve, reject) => {
    const place = { host: '127.0.0.1', port }
    const socket = tls ? connect({ ...tls, ...place }) : createConnection(place)
    let text = ''
    const finish = () => {
      clearTimeout(timer)
      socket.destroy()
      resolve(parseAnswer(text, performance.now() - startedAt))
    }
    const timer = setTimeout(() => {
      socket.destroy()
      reject(new Error(`No end after ${patienceMs} ms; so far: ${JSON.stringify(text.slice(0, 400))}`))
    }, patienceMs)
    socket.setEncoding('latin1')
    socket.on('data', (part: string) => (text += part))
    socket.once('end', finish)
    socket.once('close', finish)
    // A gateway that refuses early may reset the rest of what was sent; what it answered before counts.
    socket.once('error', finish)
    socket.write(Buffer.from(bytes, 'latin1'))
  })
}

export function parseAnswer(text: string, tookMs: number): RawAnswer {
  // A body may end without a line break, so the next head can begin anywhere.
  const heads = [...text.matchAll(/(HTTP\/1\.[01] (\d{3}) [^\r]*\r\n(?:[^\r]+\r\n)*\r\n)/g)]
  const head = heads.at(-1)?.[1] ?? ''
  const header = (name: string) => new RegExp(`\r\n${name}: *([^\r]*)`, 'i').exec(head)?.[1]
  const problem = header('countersign-problem')
  return {
    status: Number(heads.at(-1)?.[2] ?? 0),
    statuses: heads.map(([, , status]) => Number(status)),
    code: problem === undefined ? undefined : (JSON.parse(problem) as { code?: string }).code,
    text,
    tookMs,
    header,
    body: text.slice(text.lastIndexOf(head) + head.length),
  }
}

export interface RawRequest {
  readonly method?: string
  /** As it stands on the request line. */
  readonly target: string
  /** Undefined leaves the line out. */
  readonly host?: string | undefined
  readonly lines?: readonly string[]
  /** Sent with a Content-Length. */
  readonly body?: string | undefined
  readonly connection?: string
}

/** An HTTP/1.1 request as bytes, with nothing checked or repaired. */
export function formatRequest(request: RawRequest): string {
  const { method = 'GET', target, host, lines = [], body, connection = 'close' } = request
  return [
    `${method} ${target} HTTP/1.1`,
    ...(host === undefined ? [] : [`Host: ${host}`]),
    ...lines,
    ...(body === undefined ? [] : [`Content-Length: ${Buffer.byteLength(body)}`]),
    `Connection: ${connection}`,
    '',
    body ?? '',
  ].join('\r\n')
}
