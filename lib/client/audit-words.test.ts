import { describe, expect, test } from 'vitest'
import { auditActions } from '@/lib/domain/audit/audit-action'
import { auditActionGroups, hrefOfAuditTarget, nameOfAuditAction, nounOfAuditTarget } from './audit-words'
import { describeAuditDetail } from './describe-audit-detail'

const machine = 'mach_01k3tt0z0ye00800014d2pf2db'

describe('the words of the audit log', () => {
  test('have every action once, under the kind of thing that it is done to', () => {
    const grouped = auditActionGroups.flatMap(({ actions }) => actions)
    expect(grouped.toSorted()).toEqual(Object.keys(auditActions).toSorted())
    expect(auditActionGroups[0]).toMatchObject({ group: 'Machines' })
    for (const { group, actions } of auditActionGroups) expect([group, actions.length > 0]).toEqual([group, true])
  })

  test('show what a newer version wrote as it is', () => {
    expect(nameOfAuditAction('machine.revoke')).toBe('Machine revoked')
    expect(nameOfAuditAction('moon.land')).toBe('moon.land')
    expect(nameOfAuditAction('toString')).toBe('toString')
    expect(nounOfAuditTarget('api_token')).toBe('API token')
    expect(nounOfAuditTarget('constructor')).toBe('constructor')
  })

  test('link to what an event is about, and never by an id that is none', () => {
    expect(hrefOfAuditTarget({ type: 'machine', id: machine })).toBe(`/machines/${machine}`)
    expect(hrefOfAuditTarget({ type: 'deployment_key', id: 'GQNqhZMKvCwVp4En25wiDG2' })).toBe('/settings/deployment')
    for (const id of ['unknown', '../settings', `${machine}/../x`, '']) {
      expect([id, hrefOfAuditTarget({ type: 'machine', id })]).toEqual([id, null])
    }
    expect(hrefOfAuditTarget({ type: 'moon', id: machine })).toBeNull()
  })
})

describe('the detail of an event', () => {
  test('shows what changed, before and after, in whichever form it was written', () => {
    const role = { action: 'operator.update_role', detail: { from: 'viewer', to: 'operator', sessionsEnded: 2 } }
    expect(describeAuditDetail(role)).toEqual({
      changes: [{ name: 'Role', before: ['viewer'], after: ['operator'] }],
      facts: [{ name: 'Sessions ended', lines: ['2'] }],
    })
    const labels = { labels: { from: {}, to: { env: 'production', team: 'x' } } }
    expect(describeAuditDetail({ action: 'machine.set_labels', detail: labels }).changes).toEqual([
      { name: 'Labels', before: [], after: ['env = production', 'team = x'] },
    ])
    const identity = { before: { timeline: 1, systemId: 'a' }, after: { timeline: 2, systemId: 'a' } }
    expect(describeAuditDetail({ action: 'deployment.restore_detected', detail: identity }).changes).toEqual([
      { name: 'Timeline', before: ['1'], after: ['2'] },
      { name: 'System ID', before: ['a'], after: ['a'] },
    ])
  })

  test('shows everything else as facts, lists line by line, and nothing for nothing', () => {
    const detail = {
      authorities: [
        { authority: 'a.example', pathPrefix: '/v1' },
        { authority: 'b.example', pathPrefix: null },
      ],
      machineId: null,
      invited: false,
      kid: 'k1',
      services: [],
      from: 'active',
    }
    expect(describeAuditDetail({ action: 'machine.suspend', detail })).toEqual({
      changes: [],
      facts: [
        { name: 'State before', lines: ['active'] },
        { name: 'Authorities', lines: ['authority a.example, pathPrefix /v1', 'authority b.example'] },
        { name: 'Invited', lines: ['no'] },
        { name: 'Key ID', lines: ['k1'] },
      ],
    })
  })
})
