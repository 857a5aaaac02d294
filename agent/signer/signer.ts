import type { HttpField } from '@/lib/protocol'
import type { RequestUrl } from '../http/parse-request-url'

/** A request whose credential is wanted. */
export interface UnsignedRequest {
  readonly method: string
  readonly url: RequestUrl
  readonly headers: readonly HttpField[]
  /** SHA-256 of the body; undefined where there is none. */
  readonly bodyDigest: Uint8Array | undefined
}

/** What makes credentials: the running agent behind its socket, or this process itself for one moment. */
export interface Signer {
  /** The header lines to add; each call makes a new credential. */
  sign(request: UnsignedRequest): Promise<HttpField[]>
  /** Fetches the service list or the time anew, at most once in 10 s. */
  refresh(what: 'services' | 'time'): Promise<void>
  close(): Promise<void>
}
