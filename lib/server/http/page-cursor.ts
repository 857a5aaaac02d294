import { refuse, type Refusal } from '@/lib/domain/refusal'
import type { Page } from '@/lib/contract/common'

/** The columns that an order goes by, as text: a cursor carries those of the last row of a page. */
export type CursorKey = 'instant' | 'uuid' | 'text'

const keyForms: Readonly<Record<CursorKey, (text: string) => boolean>> = {
  instant: (text) => /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z$/.test(text) && !Number.isNaN(Date.parse(text)),
  uuid: (text) => /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/.test(text),
  text: (text) => /^[\x20-\x7e]{1,254}$/.test(text),
}

/** Opaque to callers. `list` keeps a cursor from being used on another list. */
export function encodeCursor(list: string, keys: readonly string[]): string {
  return Buffer.from(JSON.stringify([list, ...keys])).toString('base64url')
}

/** The keys of a cursor of this list, checked so that the database can take them. No cursor: the first page. */
export function decodeCursor(
  list: string,
  forms: readonly CursorKey[],
  cursor: string | undefined,
): { readonly outcome: 'decoded'; readonly keys: readonly string[] | null } | Refusal<'request_malformed'> {
  if (cursor === undefined) return { outcome: 'decoded', keys: null }
  const [name, ...keys] = readStrings(cursor)
  const fits = name === list && keys.length === forms.length && forms.every((form, i) => keyForms[form](keys[i] ?? ''))
  if (fits) return { outcome: 'decoded', keys }
  const message = 'not a cursor of this list; take nextCursor of the page before'
  return refuse('request_malformed', `query.cursor: ${message}.`, [{ path: 'query.cursor', message }])
}

function readStrings(cursor: string): string[] {
  try {
    const value: unknown = JSON.parse(Buffer.from(cursor, 'base64url').toString('utf8'))
    return Array.isArray(value) && value.every((item) => typeof item === 'string') ? value : []
  } catch {
    return []
  }
}

/** Cuts one row more than a page back to a page; that there was one more is what makes a next page. */
export function pageFromRows<Row, Item>(
  rows: readonly Row[],
  limit: number,
  list: string,
  present: (row: Row) => Item,
  keysOf: (row: Row) => readonly string[],
): Page<Item> {
  const shown = rows.slice(0, limit)
  const last = shown.at(-1)
  const hasMore = rows.length > limit && last !== undefined
  return { items: shown.map(present), nextCursor: hasMore ? encodeCursor(list, keysOf(last)) : null }
}
