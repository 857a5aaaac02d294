import { renderColumns } from '../render-table'
import type { MeasuredData } from './measure-data'

/** One row a page, two columns for each number of decisions. */
export function renderData(measured: readonly MeasuredData[]): string {
  const heads = [
    'page',
    ...measured.flatMap(({ decisions }) => ['p50', 'p99'].map((p) => `${decisions.toLocaleString('en-US')}: ${p} ms`)),
  ]
  const rows = (measured[0]?.pages ?? []).map(({ name }, index) => [
    name,
    ...measured.flatMap(({ pages }) => [pages[index]?.p50Ms, pages[index]?.p99Ms].map((ms) => ms?.toFixed(1) ?? '–')),
  ])
  const facts = measured.map(
    ({ decisions, sizeBytes, countedPerSecond }) =>
      `- ${decisions.toLocaleString('en-US')} decisions: ${(sizeBytes / 2 ** 30).toFixed(1)} GiB with all indexes and counts; ` +
      `${Math.round(countedPerSecond).toLocaleString('en-US')} allows counted a second`,
  )
  return [renderColumns(heads, rows), facts.join('\n')].join('\n\n')
}
