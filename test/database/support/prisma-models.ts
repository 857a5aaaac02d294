import type { DescribedTable } from './read-tables'

const scalars: Readonly<Record<string, string>> = {
  String: 'text',
  Int: 'integer',
  BigInt: 'bigint',
  Boolean: 'boolean',
  Json: 'jsonb',
  Bytes: 'bytea',
  DateTime: 'timestamp(3) without time zone',
}
const nativeTypes: Readonly<Record<string, string>> = {
  '@db.Uuid': 'uuid',
  '@db.Date': 'date',
  // Six digits are all that there are.
  '@db.Timestamptz(6)': 'timestamp with time zone',
}
const operatorClasses: Readonly<Record<string, string>> = {
  'raw("text_pattern_ops")': 'text_pattern_ops',
  JsonbPathOps: 'jsonb_path_ops',
}

interface Field {
  readonly name: string
  readonly column: string
  readonly type: string
  readonly attributes: string
}

/** The models of a schema in the words of `readTables`. Reads what our schema uses, and throws at anything else. */
export function readPrismaModels(schema: string): Record<string, DescribedTable> {
  const tables: Record<string, DescribedTable> = {}
  for (const [, , body = ''] of schema.matchAll(/^model (\w+) \{\n([\s\S]*?)^\}/gm)) {
    const lines = body.split('\n').map((line) => line.replace(/\s*\/\/.*$/, '').trim())
    const table = /@@map\("(\w+)"\)/.exec(body)?.[1]
    if (table === undefined) throw new Error('A model without @@map.')
    const fields = lines.flatMap((line) => readField(line) ?? [])
    const columns = Object.fromEntries(fields.map((field) => [field.column, describe(field)]))
    tables[table] = { columns, indexes: readIndexes(table, fields, lines) }
  }
  return tables
}

function readField(line: string): Field | undefined {
  const [, name, base, suffix = '', attributes = ''] = /^(\w+)\s+(\w+)(\[\]|\?)?(?:\s+(.*))?$/.exec(line) ?? []
  // A field of a model's type is a relation, which has no column.
  if (name === undefined || base === undefined || scalars[base] === undefined) return undefined
  const native = /@db\.\w+(?:\(\d+\))?/.exec(attributes)?.[0]
  const sql = native === undefined ? scalars[base] : nativeTypes[native]
  if (sql === undefined) throw new Error(`A type that nobody knows: ${native}`)
  const column = /@map\("(\w+)"\)/.exec(attributes)?.[1] ?? name
  return { name, column, attributes, type: sql + suffix }
}

function describe({ type, attributes }: Field): string {
  return attributes.includes('@default(') ? `${type} default` : type
}

function readIndexes(table: string, fields: readonly Field[], lines: readonly string[]): Record<string, string> {
  const indexes: Record<string, string> = {}
  const columnOf = (name: string) => {
    const field = fields.find((each) => each.name === name)
    if (!field) throw new Error(`An index over ${name}, which is no field.`)
    return field.column
  }
  for (const { column, attributes } of fields) {
    if (/@id\b/.test(attributes)) indexes[`${table}_pkey`] = `primary btree (${column})`
    if (/@unique\b/.test(attributes)) indexes[`${table}_${column}_key`] = `unique btree (${column})`
  }
  for (const line of lines) {
    const [, kind, list = '', rest = ''] = /^@@(id|index|unique)\(\[(.*?)\](?:, )?(.*)\)$/.exec(line) ?? []
    if (kind === undefined) continue
    const keys = [...list.matchAll(/(\w+)(?:\(ops: (raw\("\w+"\)|\w+)\))?(?:, |$)/g)].map(([, name = '', ops]) =>
      ops === undefined ? columnOf(name) : `${columnOf(name)} ${operatorClasses[ops] ?? ops}`,
    )
    const columns = keys.map((key) => key.split(' ')[0]).join('_')
    const method = /type: (\w+)/.exec(rest)?.[1]?.toLowerCase() ?? 'btree'
    const given = /map: "(\w+)"/.exec(rest)?.[1]
    const byKind = {
      id: ['primary', `${table}_pkey`],
      index: ['plain', `${table}_${columns}_idx`],
      unique: ['unique', `${table}_${columns}_key`],
    }
    const [word, usual = ''] = byKind[kind as keyof typeof byKind]
    indexes[given ?? usual] = `${word} ${method} (${keys.join(', ')})`
  }
  return indexes
}
