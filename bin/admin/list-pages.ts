import type { Command } from 'commander'
import type { Page } from '@/lib/contract/common'
import type { CommandRun } from './run-command'
import { formatTable, type Cell } from './print'

export interface ListOptions {
  readonly limit?: string
  readonly cursor?: string
  readonly all?: boolean
}

/** Adds the options of every list. */
export function withPages(command: Command): Command {
  return command
    .option('--limit <n>', 'rows of a page, at most 200', '50')
    .option('--cursor <cursor>', 'go on where a page ended')
    .option('--all', 'read all pages')
}

/** Prints a page, or all of them, as one table. */
export async function printPages<Item>(
  run: CommandRun,
  options: ListOptions,
  read: (query: { limit: string | undefined; cursor: string | undefined }) => Promise<Page<Item>>,
  table: { readonly header: readonly string[]; readonly row: (item: Item) => readonly Cell[]; readonly none: string },
): Promise<void> {
  const limit = options.all ? '200' : options.limit
  let page = await read({ limit, cursor: options.cursor })
  const items = [...page.items]
  while (options.all && page.nextCursor !== null) {
    page = await read({ limit, cursor: page.nextCursor })
    items.push(...page.items)
  }
  const text = items.length === 0 ? table.none : formatTable(table.header, items.map(table.row))
  run.print({ items, nextCursor: page.nextCursor }, text)
  if (page.nextCursor !== null) run.note(`There are more: --cursor ${page.nextCursor}, or --all.`)
}
