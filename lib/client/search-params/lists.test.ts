import { createLoader, createSerializer } from 'nuqs/server'
import { describe, expect, test } from 'vitest'
import { operations } from '@/lib/contract/operations'
import { buildApiPath } from '../build-api-path'
import {
  decisionListParams,
  hasDecisionFilters,
  matchesDecisionFilters,
  sinceMsOf,
  toDecisionQuery,
} from './decision-list'
import { hasMachineFilters, machineListParams, nextSort, readLabelTerm, toMachineQuery } from './machine-list'
import { someDecision } from '../testing/some-decision'

const machines = createLoader(machineListParams)
const decisions = createLoader(decisionListParams)

/** What the API makes of a query of ours. */
function accepts(id: 'listMachines' | 'listDecisions', query: object): boolean {
  const search = new URLSearchParams(buildApiPath(operations[id], { query }).split('?')[1])
  const raw = Object.fromEntries([...new Set(search.keys())].map((name) => [name, oneOrMany(search.getAll(name))]))
  return operations[id].query.safeParse(raw).success
}
const oneOrMany = (values: string[]) => (values.length === 1 ? values[0] : values)

describe('the Machines list', () => {
  test('reads its address, and what does not parse counts as left out', () => {
    const good = machines('?state=active&q=pay&label=env=production,team=x&sort=-name&after=abc')
    expect(toMachineQuery(good)).toEqual({
      limit: '50',
      state: 'active',
      namePrefix: 'pay',
      label: ['env=production', 'team=x'],
      sort: '-name',
      cursor: 'abc',
    })
    expect(toMachineQuery(machines('?state=dead&sort=shoe&label=nonsense&foo=1'))).toEqual({ limit: '50' })
    expect(hasMachineFilters(machines('?sort=name'))).toBe(false)
    expect(hasMachineFilters(good)).toBe(true)
  })

  test('leaves its defaults out of the address', () => {
    const write = createSerializer(machineListParams)
    expect(write({ sort: '-enrolledAt', q: '', label: [] })).toBe('')
    expect(write({ state: 'active' })).toBe('?state=active')
  })

  test('asks only what the API takes', () => {
    for (const address of ['', '?state=expired&q=%00%E2%80%AE', '?label=a=b', '?label=a=b,c=d&sort=name']) {
      expect([address, accepts('listMachines', toMachineQuery(machines(address)))]).toEqual([address, true])
    }
  })

  test('takes labels as people type them', () => {
    expect(readLabelTerm(' env = production ')).toBe('env=production')
    expect(readLabelTerm('url=a=b')).toBe('url=a=b')
    for (const wrong of ['', 'env', '=x', 'env=', 'ENV=x', 'env=\u202e']) expect(readLabelTerm(wrong)).toBeNull()
  })

  test('sorts by the natural order of a column first, then by its reverse', () => {
    expect(nextSort('-enrolledAt', 'name')).toBe('name')
    expect(nextSort('name', 'name')).toBe('-name')
    expect(nextSort('-name', 'enrolledAt')).toBe('-enrolledAt')
    expect(nextSort('-enrolledAt', 'enrolledAt')).toBe('enrolledAt')
  })
})

describe('the Credential use list', () => {
  test('reads its address and asks only what the API takes', () => {
    const params = decisions('?outcome=denied&code=credential_replayed&service=orders&range=1h&live=true')
    expect(toDecisionQuery(params)).toEqual({
      limit: '50',
      outcome: 'denied',
      code: 'credential_replayed',
      service: 'orders',
    })
    expect(sinceMsOf(params)).toBe(3_600_000)
    expect(params.live).toBe(true)
    expect(accepts('listDecisions', toDecisionQuery(params))).toBe(true)
    expect(hasDecisionFilters(decisions('?live=true&decision=dec_x'))).toBe(false)
  })

  test('filters the live feed as the API filters the list', () => {
    const denied = someDecision({ outcome: 'denied', code: 'credential_replayed' })
    const cases: [string, boolean][] = [
      ['', true],
      ['?outcome=denied', true],
      ['?outcome=allowed', false],
      ['?code=credential_replayed', true],
      ['?code=credential_missing', false],
      [`?machine=${denied.machine?.id ?? ''}`, true],
      ['?machine=mach_other', false],
      ['?service=orders', true],
      [`?service=${denied.service?.id ?? ''}`, true],
      ['?service=payments', false],
    ]
    for (const [address, expected] of cases) {
      expect([address, matchesDecisionFilters(denied, decisions(address))]).toEqual([address, expected])
    }
  })
})
