import { headers } from 'next/headers'
import type { RequestFacts } from './request-facts'

/** The request behind a page. Pages are only read; server.ts writes the peer from the socket. */
export async function readPageFacts(): Promise<RequestFacts> {
  const incoming = await headers()
  return { method: 'GET', headers: [...incoming], peerAddress: incoming.get('x-countersign-peer') }
}
