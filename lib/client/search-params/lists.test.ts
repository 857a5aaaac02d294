import { createLoader, createSerializer } from 'nuqs/server'
import { describe, expect, test } from 'vitest'
import { operations } from '@/lib/contract/operations'
import { buildApiPath } from '../build-api-path'
import { auditLogParams, hasAuditFilters, toAuditQuery } from './audit-log'
import {
  decisionListParams,
  hasDecisionFilters,
  matchesDecisionFilters,
  sinceMsOf,
  toDecisionQuery,
} from './decision-list'
import { hasMachineFilters, machineListParams, nextSort, readLabelTerm, toMachineQuery } from './machine-list'
import {
  apiTokenListParams,
  operatorListParams,
  sessionListParams,
  toApiTokenQuery,
  toOperatorQuery,
  toSessionQuery,
} from './settings-lists'
import { someDecision } from '../testing/some-decision'

const machines = createLoader(machineListParams)
const decisions = createLoader(decisionListParams)

/** What the API makes of a query of ours. */
function accepts(
  id: 'listMachines' | 'listDecisions' | 'listAuditEvents' | 'listOperators' | 'listSessions' | 'listApiTokens',
  query: object,
): boolean {
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

describe('the audit log', () => {
  const read = createLoader(auditLogParams)
  const id = 'op_01k3tt0z0ye00800014d2pf2db'

  test('reads its address, days of UTC with the last one included', () => {
    const params = read(`?action=machine.revoke&actor=${id}&from=2026-11-01&to=2026-11-30&after=abc&event=evt_x`)
    expect(toAuditQuery(params)).toEqual({
      limit: '50',
      action: 'machine.revoke',
      actor: id,
      since: '2026-11-01T00:00:00Z',
      until: '2026-12-01T00:00:00.000Z',
      cursor: 'abc',
    })
    expect(hasAuditFilters(params)).toBe(true)
    expect(hasAuditFilters(read('?event=evt_x&after=abc'))).toBe(false)
  })

  test('asks only what the API takes, and takes what is nonsense as left out', () => {
    const nonsense = '?action=x&actorType=nobody&actor=ada&target=../x&from=2026-02-30&to=yesterday'
    expect(toAuditQuery(read(nonsense))).toEqual({ limit: '50' })
    for (const address of [
      nonsense,
      '?actorType=system&to=0001-01-01',
      `?target=${id}&from=9999-12-31&to=9999-12-30`,
    ]) {
      expect([address, accepts('listAuditEvents', toAuditQuery(read(address)))]).toEqual([address, true])
    }
  })
})

describe('the lists of the settings', () => {
  const operators = createLoader(operatorListParams)
  const sessions = createLoader(sessionListParams)
  const tokens = createLoader(apiTokenListParams)

  test('ask only what the API takes; sessions are the live ones unless the address says otherwise', () => {
    expect(toOperatorQuery(operators('?role=viewer&state=invited&after=x'))).toEqual({
      limit: '50',
      role: 'viewer',
      state: 'invited',
      cursor: 'x',
    })
    expect(toSessionQuery(sessions(''))).toEqual({ limit: '50', state: 'live' })
    expect(toSessionQuery(sessions('?state=any&operator=x'))).toEqual({ limit: '50' })
    expect(toApiTokenQuery(tokens('?state=revoked'))).toEqual({ limit: '50', state: 'revoked' })
    const nonsense = '?state=x&role=root&operator=%00'
    expect(accepts('listOperators', toOperatorQuery(operators(nonsense)))).toBe(true)
    expect(accepts('listSessions', toSessionQuery(sessions(nonsense)))).toBe(true)
    expect(accepts('listApiTokens', toApiTokenQuery(tokens(nonsense)))).toBe(true)
  })
})
