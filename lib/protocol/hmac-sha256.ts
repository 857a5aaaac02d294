import { hash, type KeyObject } from 'node:crypto'

const blockBytes = 64
const digestBytes = 32
/** UTF-8 bytes of the messages that need no buffer of their own: nearly every signature base. */
const usualBytes = 4096
const bytesPerUnit = 3

/** Shared by all keys, and free of them between two calls. */
const usualMessage = Buffer.alloc(blockBytes + usualBytes)
const outerMessage = Buffer.alloc(blockBytes + digestBytes)

/**
 * HMAC-SHA256 (RFC 2104) under one key, for what is computed for every request. Two one-shot hashes of Node.js instead of
 * `createHmac`, whose native object takes longer to make and to collect than the hashing does (docs/adr/0022).
 */
export class HmacSha256 {
  /** The key XORed with `ipad`, then with `opad`. */
  readonly #pads = Buffer.alloc(2 * blockBytes)

  /** @param key secret, at most 64 bytes: longer ones are hashed first by RFC 2104, and no key here is */
  constructor(key: KeyObject) {
    const bytes = key.export()
    if (bytes.length > blockBytes) throw new TypeError('The key of an HMAC has at most 64 bytes here.')
    for (let at = 0; at < blockBytes; at++) {
      const byte = bytes[at] ?? 0
      this.#pads[at] = byte ^ 0x36
      this.#pads[blockBytes + at] = byte ^ 0x5c
    }
    bytes.fill(0)
  }

  /**
   * @param text taken as UTF-8
   * @returns 32 bytes. Compare a MAC with `timingSafeEqual` only
   */
  compute(text: string): Buffer {
    const isUsual = text.length * bytesPerUnit <= usualBytes
    const message = isUsual ? usualMessage : Buffer.alloc(blockBytes + Buffer.byteLength(text))
    this.#pads.copy(message, 0, 0, blockBytes)
    const end = blockBytes + message.write(text, blockBytes, 'utf8')
    this.#pads.copy(outerMessage, 0, blockBytes)
    outerMessage.write(sha256(message.subarray(0, end)), blockBytes, 'latin1')
    const mac = Buffer.from(sha256(outerMessage), 'latin1')
    message.fill(0, 0, blockBytes)
    outerMessage.fill(0)
    return mac
  }
}

/** As a string of one character a byte, which costs half of what a `Buffer` of Node.js's making does. */
function sha256(data: Buffer): string {
  return hash('sha256', data, 'binary')
}
