import { connect, type Socket } from 'node:net'
import type { LoadAddress } from './load-messages'
import { readResponse, type ReadResponse } from './read-response'

/** One keep-alive connection with at most one request under way. */
export interface LoadConnection {
  send(request: Buffer): void
  close(): void
}

const receiveBytes = 32 * 1024

/**
 * Opens a connection on this machine. `onResponse` is called once for each request, with undefined when the connection broke
 * before its answer; then the connection is of no use any more.
 */
export function openConnection(
  address: LoadAddress,
  onResponse: (response: ReadResponse | undefined) => void,
): Promise<LoadConnection> {
  return new Promise((resolve, reject) => {
    let received = ''
    let isWaiting = false
    const settle = (response: ReadResponse | undefined) => {
      if (!isWaiting) return
      isWaiting = false
      received = ''
      onResponse(response)
    }
    const socket: Socket = connect({
      ...('port' in address ? { port: address.port, host: '127.0.0.1', noDelay: true } : { path: address.path }),
      // One buffer for the life of the connection, instead of a new one for each answer.
      onread: {
        buffer: Buffer.allocUnsafe(receiveBytes),
        callback(length, buffer) {
          received += Buffer.from(buffer.buffer, buffer.byteOffset, length).toString('latin1')
          const response = readResponse(received)
          if (response) settle(response)
          return true
        },
      },
    })
    socket.once('error', (error) => {
      reject(error)
      settle(undefined)
    })
    socket.once('close', () => settle(undefined))
    socket.once('connect', () =>
      resolve({
        send(request) {
          isWaiting = true
          if (socket.destroyed) settle(undefined)
          else socket.write(request)
        },
        close: () => socket.destroy(),
      }),
    )
  })
}
