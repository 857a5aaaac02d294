import type { Pool } from 'pg'

/** Columns as `type` or `type?` with their default's kind, and indexes as `unique? method (columns)`. */
export interface DescribedTable {
  readonly columns: Readonly<Record<string, string>>
  readonly indexes: Readonly<Record<string, string>>
}

/** What the database itself says of the tables in `public`, without partitions and without the migrator's own. */
export async function readTables(pool: Pool): Promise<Record<string, DescribedTable>> {
  const { rows: columns } = await pool.query<{
    table: string
    name: string
    type: string
    nullable: boolean
    has_default: boolean
  }>(
    `SELECT c.relname AS table, a.attname AS name, format_type(a.atttypid, a.atttypmod) AS type,
            NOT a.attnotnull AS nullable, a.atthasdef AS has_default
       FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace JOIN pg_attribute a ON a.attrelid = c.oid
      WHERE n.nspname = 'public' AND c.relkind IN ('r', 'p') AND NOT c.relispartition
        AND a.attnum > 0 AND NOT a.attisdropped AND c.relname <> '_prisma_migrations'`,
  )
  const { rows: indexes } = await pool.query<{
    table: string
    name: string
    kind: string
    method: string
    keys: string[]
  }>(
    `SELECT c.relname AS table, i.relname AS name, am.amname AS method,
            CASE WHEN x.indisprimary THEN 'primary' WHEN x.indisunique THEN 'unique' ELSE 'plain' END AS kind,
            ARRAY(SELECT pg_get_indexdef(x.indexrelid, k.n, false) || CASE WHEN o.opcdefault THEN '' ELSE ' ' || o.opcname END
                    FROM generate_series(1, x.indnkeyatts) AS k(n)
                    JOIN pg_opclass o ON o.oid = x.indclass[k.n - 1] ORDER BY k.n) AS keys
       FROM pg_index x JOIN pg_class i ON i.oid = x.indexrelid JOIN pg_class c ON c.oid = x.indrelid
       JOIN pg_am am ON am.oid = i.relam JOIN pg_namespace n ON n.oid = c.relnamespace
      WHERE n.nspname = 'public' AND NOT c.relispartition AND c.relname <> '_prisma_migrations'`,
  )
  const tables: Record<string, { columns: Record<string, string>; indexes: Record<string, string> }> = {}
  const tableOf = (name: string) => (tables[name] ??= { columns: {}, indexes: {} })
  for (const { table, name, type, nullable, has_default } of columns) {
    tableOf(table).columns[name] = `${type}${nullable ? '?' : ''}${has_default ? ' default' : ''}`
  }
  for (const { table, name, kind, method, keys } of indexes) {
    tableOf(table).indexes[name] = `${kind} ${method} (${keys.map((key) => key.replaceAll('"', '')).join(', ')})`
  }
  return tables
}
