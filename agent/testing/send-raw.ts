import { createConnection } from 'node:net'

/** Sends these very bytes to a port on this machine and returns everything that comes back until the connection ends. */
export function sendRaw(port: number, bytes: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = createConnection({ host: '127.0.0.1', port })
    let answer = ''
    socket.setEncoding('latin1')
    socket.on('data', (text: string) => (answer += text))
    socket.once('end', () => resolve(answer))
    socket.once('close', () => resolve(answer))
    socket.once('error', (error: NodeJS.ErrnoException) => (answer === '' ? reject(error) : resolve(answer)))
    socket.write(Buffer.from(bytes, 'latin1'))
  })
}

/** The status of a raw answer's last head; those of 100-continue come before. */
export function statusOf(answer: string): number {
  return Number([...answer.matchAll(/(?:^|\r\n\r\n)HTTP\/1\.1 (\d{3})/g)].at(-1)?.[1])
}

/** The `code` of the `Countersign-Problem` line. */
export function codeOf(answer: string): string | undefined {
  const line = /\r\ncountersign-problem: ([^\r]*)\r\n/i.exec(answer)?.[1]
  return line === undefined ? undefined : (JSON.parse(line) as { code: string }).code
}
