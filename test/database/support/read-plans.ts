import { Client } from 'pg'

/** What the database did for one statement, added up over its plan. */
export interface StatementPlan {
  readonly text: string
  /** Rows that scans looked at, those that a filter threw away included. */
  readonly rowsRead: number
  /** Rows that went into sorts. */
  readonly rowsSorted: number
  /**
   * Tables that were read from end to end, with the rows looked at. Partitions count as their table, but for those of a few
   * pages, as a day has just after midnight: to read these whole costs less than their index.
   */
  readonly scanned: ReadonlyMap<string, number>
}

interface PlanNode {
  readonly 'Node Type': string
  readonly 'Relation Name'?: string
  readonly 'Actual Rows': number
  readonly 'Actual Loops': number
  readonly 'Rows Removed by Filter'?: number
  readonly 'Rows Removed by Index Recheck'?: number
  readonly Plans?: readonly PlanNode[]
}

/** Of 8 KiB: what an index costs in pages read out of order. */
const fewPages = 16

interface Statement {
  readonly text: string
  readonly values: readonly unknown[]
}

/**
 * The plans of what `run` asks through any connection of this process, with the very values it asked with: each statement
 * is explained again after it.
 */
export async function readPlans(connectionString: string, run: () => Promise<unknown>): Promise<StatementPlan[]> {
  const statements: Statement[] = []
  // The prototype is what pools and adapters call, whoever made their clients.
  const prototype = Client.prototype as { query: (...args: unknown[]) => unknown }
  const { query } = prototype
  prototype.query = function (...args: unknown[]) {
    const [first, second] = args
    if (typeof first === 'string') statements.push({ text: first, values: Array.isArray(second) ? second : [] })
    else {
      const { text, values } = first as { text: string; values?: readonly unknown[] }
      statements.push({ text, values: values ?? [] })
    }
    return Reflect.apply(query, this, args)
  }
  try {
    await run()
  } finally {
    prototype.query = query
  }
  const client = new Client({ connectionString })
  await client.connect()
  try {
    const small = await readSmallPartitions(client)
    const plans: StatementPlan[] = []
    for (const { text, values } of statements.filter((statement) => /^\s*(SELECT|WITH)/.test(statement.text))) {
      const { rows } = await client.query<{ 'QUERY PLAN': [{ Plan: PlanNode }] }>(
        `EXPLAIN (ANALYZE, TIMING OFF, FORMAT JSON) ${text}`,
        [...values],
      )
      plans.push(sumUp(text, rows[0]!['QUERY PLAN'][0].Plan, small))
    }
    return plans
  } finally {
    await client.end()
  }
}

async function readSmallPartitions(client: Client): Promise<ReadonlySet<string>> {
  const { rows } = await client.query<{ name: string }>(
    `SELECT relname AS name FROM pg_class
      WHERE relkind = 'r' AND relispartition AND pg_relation_size(oid) <= $1 * current_setting('block_size')::int`,
    [fewPages],
  )
  return new Set(rows.map(({ name }) => name))
}

function sumUp(text: string, root: PlanNode, small: ReadonlySet<string>): StatementPlan {
  let rowsRead = 0
  let rowsSorted = 0
  const scanned = new Map<string, number>()
  const visit = (node: PlanNode) => {
    const loops = node['Actual Loops']
    const rows =
      (node['Actual Rows'] + (node['Rows Removed by Filter'] ?? 0) + (node['Rows Removed by Index Recheck'] ?? 0)) *
      loops
    const relation = node['Relation Name']
    if (relation !== undefined) rowsRead += rows
    if (node['Node Type'] === 'Seq Scan' && relation !== undefined && !small.has(relation)) {
      const table = relation.replace(/_\d{8}$/, '')
      scanned.set(table, (scanned.get(table) ?? 0) + rows)
    }
    if (/^(Incremental )?Sort$/.test(node['Node Type'])) {
      const [input] = node.Plans ?? []
      rowsSorted += input ? input['Actual Rows'] * input['Actual Loops'] : 0
    }
    node.Plans?.forEach(visit)
  }
  visit(root)
  return { text, rowsRead, rowsSorted, scanned }
}
