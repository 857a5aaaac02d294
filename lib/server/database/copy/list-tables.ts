import type { Pool, PoolClient } from 'pg'

export interface CopiedTable {
  readonly name: string
  /** Rows are never changed or deleted once they are there, and have an instant `at`. */
  readonly isFinal: boolean
  /** The columns of the primary key, in its order, with their types in SQL. */
  readonly key: readonly { readonly column: string; readonly type: string }[]
}

/** Whether a table, by its row `c` of pg_class, holds only what is made anew from others: its comment says so. */
export const isDerived = `coalesce(obj_description(c.oid, 'pg_class') LIKE 'derived:%', false)`

/**
 * The tables of this database but derived ones, each after those that it refers to. From the catalogue and not from a
 * list, so that a table that a later version adds is never forgotten in a backup.
 */
export async function listTables(client: Pool | PoolClient): Promise<CopiedTable[]> {
  const { rows: tables } = await client.query<CopiedTable & { readonly refersTo: readonly string[] }>(
    `SELECT c.relname AS name,
            EXISTS (SELECT 1 FROM pg_trigger t JOIN pg_proc p ON p.oid = t.tgfoid
                     WHERE t.tgrelid = c.oid AND p.proname = 'refuse_change') AS "isFinal",
            coalesce((SELECT json_agg(json_build_object('column', a.attname, 'type', format_type(a.atttypid, a.atttypmod)) ORDER BY k.place)
                        FROM pg_index x CROSS JOIN unnest(x.indkey::smallint[]) WITH ORDINALITY AS k(number, place)
                        JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum = k.number
                       WHERE x.indrelid = c.oid AND x.indisprimary), '[]') AS key,
            ARRAY(SELECT DISTINCT r.relname::text FROM pg_constraint k JOIN pg_class r ON r.oid = k.confrelid
                   WHERE k.contype = 'f' AND k.conrelid = c.oid AND k.confrelid <> c.oid) AS "refersTo"
       FROM pg_class c
      WHERE c.relnamespace = current_schema()::regnamespace AND c.relkind IN ('r', 'p') AND NOT c.relispartition
            AND c.relname <> '_prisma_migrations' AND NOT ${isDerived}
            -- What maintenance has made and not attached yet, or detached and not dropped, is no table of its own.
            AND c.relname !~ '_[0-9]{8}$'
      ORDER BY 2, 1`,
  )
  const ordered: CopiedTable[] = []
  const placed = new Set<string>()
  let waiting = tables
  while (waiting.length > 0) {
    const free = waiting.filter(({ refersTo }) => refersTo.every((name) => placed.has(name)))
    if (free.length === 0) throw new Error('The tables refer to each other in a circle.')
    for (const { name, isFinal, key } of free) {
      ordered.push({ name, isFinal, key })
      placed.add(name)
    }
    waiting = waiting.filter(({ name }) => !placed.has(name))
  }
  return ordered
}
