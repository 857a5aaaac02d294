/** Secrets as types of their own, one per purpose: they print, serialize and compare as nothing. */
import { createSecretKey, type KeyObject } from 'node:crypto'
import { HmacSha256 } from './hmac-sha256'
import type { EpochPurpose } from './types'

/** The X25519 result between a machine's agreement key and a generator key. Made by `deriveSharedSecret` only. */
export class SharedSecret {
  readonly #key: KeyObject

  /** @param bytes 32 bytes; copied, and overwritten with zeros by this call */
  constructor(bytes: Buffer) {
    this.#key = createSecretKey(bytes)
    bytes.fill(0)
  }

  /** The input keying material for HKDF. For `deriveEpochKey`. */
  keyObject(): KeyObject {
    return this.#key
  }
}

/** A key of protocol section 3, for one machine, generation, epoch and purpose. Made by `deriveEpochKey` only. */
export class EpochKey<Purpose extends EpochPurpose = EpochPurpose> {
  readonly purpose: Purpose
  readonly #key: KeyObject
  /** Made when it is first asked for: keys of tickets never are. */
  #hmac: HmacSha256 | undefined

  /** @param bytes 32 bytes; copied, and overwritten with zeros by this call */
  constructor(purpose: Purpose, bytes: Uint8Array) {
    this.purpose = purpose
    this.#key = createSecretKey(bytes)
    bytes.fill(0)
  }

  /** HMAC-SHA256 (RFC 9421 §3.3.3), 32 bytes. Compare it with `timingSafeEqual` only. */
  computeMac(data: string): Buffer {
    this.#hmac ??= new HmacSha256(this.#key)
    return this.#hmac.compute(data)
  }

  /** The key itself, for the ciphers of tickets. */
  keyObject(): KeyObject {
    return this.#key
  }
}
