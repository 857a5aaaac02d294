import protobuf from 'protobufjs/minimal.js'
import type { HttpField } from '@/lib/protocol'

/**
 * What this server reads of `envoy.service.auth.v3.CheckRequest`. Texts are Latin-1, a character a byte, as Node gives
 * header lines: nothing is decoded, so that nothing can be decoded in two ways.
 */
export interface CheckRequest {
  readonly contextExtensions: ReadonlyMap<string, string>
  readonly sourceAddress: string
  readonly method: string
  readonly path: string
  readonly host: string
  /** Lines as the client sent them (`header_map`), pseudo-headers among them; undefined when the gateway merged them. */
  readonly rawHeaders: readonly HttpField[] | undefined
  /** One line a name, merged with commas, bytes that are no UTF-8 replaced. */
  readonly mergedHeaders: readonly HttpField[]
  /** `raw_body`. */
  readonly rawBody: Buffer
  /** Whether `body` came, in which bytes that are no UTF-8 are replaced. */
  readonly hasTextBody: boolean
}

type Visit = (value: Buffer) => void

/** Calls `visit` for each length-delimited field that it names, and skips the rest. Throws on what is no message. */
function readFields(message: Uint8Array, visitors: Readonly<Record<number, Visit>>): void {
  const reader = protobuf.Reader.create(message)
  while (reader.pos < reader.len) {
    const tag = reader.uint32()
    const visit = (tag & 7) === 2 ? visitors[tag >>> 3] : undefined
    if (!visit) {
      reader.skipType(tag & 7)
      continue
    }
    const { buffer, byteOffset, byteLength } = reader.bytes()
    visit(Buffer.from(buffer, byteOffset, byteLength))
  }
}

/** The entry of a `map<string, string>`. */
function readEntry(message: Buffer): HttpField {
  let [key, value] = ['', '']
  readFields(message, { 1: (text) => (key = text.toString('latin1')), 2: (text) => (value = text.toString('latin1')) })
  return [key, value]
}

/** `HeaderValue`: the value stands in `value` or in `raw_value`. */
function readHeaderValue(message: Buffer): HttpField {
  let [key, value] = ['', '']
  const take = (text: Buffer) => (value = text.toString('latin1'))
  readFields(message, { 1: (text) => (key = text.toString('latin1')), 2: take, 3: take })
  return [key, value]
}

/**
 * Reads the message of a check. Field numbers are those of Envoy's public API: `service/auth/v3/external_auth.proto` and
 * `attribute_context.proto`, `config/core/v3/base.proto` and `address.proto`.
 * Null when the bytes are no message. A field that is not named here is skipped.
 */
export function decodeCheckRequest(bytes: Buffer): CheckRequest | null {
  const contextExtensions = new Map<string, string>()
  const merged: HttpField[] = []
  let raw: HttpField[] | undefined
  let [sourceAddress, method, path, host] = ['', '', '', '']
  let rawBody: Buffer = Buffer.alloc(0)
  let hasTextBody = false
  const text = (value: Buffer) => value.toString('latin1')

  const http: Record<number, Visit> = {
    2: (value) => (method = text(value)),
    3: (value) => merged.push(readEntry(value)),
    4: (value) => (path = text(value)),
    5: (value) => (host = text(value)),
    11: (value) => (hasTextBody = value.length > 0),
    12: (value) => (rawBody = value),
    13: (headerMap) => {
      const lines = (raw ??= [])
      readFields(headerMap, { 1: (value) => lines.push(readHeaderValue(value)) })
    },
  }
  const socketAddress = { 2: (value: Buffer) => void (sourceAddress = text(value)) }
  const source = { 1: (address: Buffer) => readFields(address, { 1: (value) => readFields(value, socketAddress) }) }
  const attributes: Record<number, Visit> = {
    1: (value) => readFields(value, source),
    4: (request) => readFields(request, { 2: (value) => readFields(value, http) }),
    10: (value) => contextExtensions.set(...readEntry(value)),
  }
  try {
    readFields(bytes, { 1: (value) => readFields(value, attributes) })
  } catch {
    return null
  }
  const headers = { rawHeaders: raw, mergedHeaders: merged }
  return { contextExtensions, sourceAddress, method, path, host, ...headers, rawBody, hasTextBody }
}
