import { parseAsArrayOf, parseAsString, parseAsStringLiteral, type inferParserType } from 'nuqs'
import { machineSorts } from '@/lib/contract/machines'
import { labelKeyPattern, labelValuePattern } from '@/lib/domain/label/labels'
import { machineStates } from '@/lib/domain/machine/machine-state'

/** The Machines list as its address says it. Defaults are left out; what does not parse counts as left out. */
export const machineListParams = {
  state: parseAsStringLiteral(machineStates),
  q: parseAsString.withDefault(''),
  label: parseAsArrayOf(parseAsString).withDefault([]),
  sort: parseAsStringLiteral(machineSorts).withDefault('-enrolledAt'),
  after: parseAsString,
}

export type MachineListParams = inferParserType<typeof machineListParams>

export const machinePageSize = 50

export const noMachineFilters = { state: null, q: null, label: null, after: null } as const

export function hasMachineFilters(params: MachineListParams): boolean {
  return params.state !== null || params.q !== '' || params.label.length > 0
}

/** `key=value`, as the API takes it; people type spaces around it. Null where it is no label. */
export function readLabelTerm(text: string): string | null {
  const cut = text.indexOf('=')
  const key = text.slice(0, Math.max(0, cut)).trim()
  const value = text.slice(cut + 1).trim()
  return labelKeyPattern.test(key) && labelValuePattern.test(value) ? `${key}=${value}` : null
}

/** What the API is asked. */
export function toMachineQuery(params: MachineListParams) {
  const label = params.label.filter((term) => readLabelTerm(term) === term).slice(0, 8)
  return {
    limit: String(machinePageSize),
    ...(params.state !== null && { state: params.state }),
    ...(params.q !== '' && { namePrefix: params.q.slice(0, 256) }),
    ...(label.length > 0 && { label }),
    ...(params.sort !== '-enrolledAt' && { sort: params.sort }),
    ...(params.after !== null && { cursor: params.after }),
  }
}

/** Clicking a header: first the natural order, then its reverse. */
export function nextSort(present: MachineListParams['sort'], column: 'name' | 'enrolledAt'): MachineListParams['sort'] {
  if (column === 'name') return present === 'name' ? '-name' : 'name'
  return present === '-enrolledAt' ? 'enrolledAt' : '-enrolledAt'
}
