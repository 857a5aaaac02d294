import { createHash, type Hash } from 'node:crypto'
import type { ParsedContentDigest } from '@/lib/protocol'

/** Both digests that a `Content-Digest` of ours may name, of bytes as they come. */
export class BodyDigests {
  readonly #sha256: Hash = createHash('sha256')
  readonly #sha512: Hash | undefined

  /** @param needsSha512 whether the request names one: it costs as much again */
  constructor(needsSha512: boolean) {
    this.#sha512 = needsSha512 ? createHash('sha512') : undefined
  }

  update(bytes: Uint8Array): void {
    this.#sha256.update(bytes)
    this.#sha512?.update(bytes)
  }

  finish(): ParsedContentDigest {
    const sha512 = this.#sha512?.digest()
    return { sha256: this.#sha256.digest(), ...(sha512 && { sha512 }) }
  }
}
