import { typeidUnboxed, toUUID } from 'typeid-js'

/** A fresh UUIDv7 in text form: ordered by time, so that new rows go to the end of their index. */
export function newUuid(): string {
  return toUUID(typeidUnboxed())
}
