import type { IncomingMessage } from 'node:http'

/** Whether a request's head says that a body follows. */
export function announcesBody({ headers }: IncomingMessage): boolean {
  const { 'content-length': length = '0', 'transfer-encoding': coding } = headers
  return length !== '0' || coding !== undefined
}
