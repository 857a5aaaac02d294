import { expect, test } from 'vitest'
import { operatorCanBeRemoved, operatorCanTakeRole } from '@/lib/domain/operator/operator-can'
import { operatorRoles } from '@/lib/domain/operator/operator-role'
import { operatorStates } from '@/lib/domain/operator/operator-state'
import { nameUserAgent } from './name-user-agent'
import { whyNotGiveRole, whyNotRemove } from './operator-actions'

test('actions on operators are open exactly where the server’s rule and the role allow them', () => {
  for (const role of operatorRoles) {
    for (const state of operatorStates) {
      for (const administrators of [0, 1, 2]) {
        const operator = { role, state }
        const facts = { operator, administrators, viewerRole: 'administrator' } as const
        const can = operatorCanBeRemoved(operator, administrators)
        expect(whyNotRemove(facts)).toBe(can.can ? undefined : can.why)
        for (const wanted of operatorRoles) {
          const canTake = operatorCanTakeRole(operator, wanted, administrators)
          expect(whyNotGiveRole(facts, wanted)).toBe(canTake.can ? undefined : canTake.why)
        }
        for (const viewerRole of ['viewer', 'operator'] as const) {
          expect(whyNotRemove({ ...facts, viewerRole })).toContain('operators.write')
        }
      }
    }
  }
})

test('while it is not known whether an administrator is the last one, nothing is done to one', () => {
  const facts = { viewerRole: 'administrator', administrators: undefined } as const
  expect(whyNotRemove({ ...facts, operator: { role: 'administrator', state: 'active' } })).toContain('not known yet')
  expect(whyNotRemove({ ...facts, operator: { role: 'viewer', state: 'active' } })).toBeUndefined()
})

test.each([
  ['Mozilla/5.0 (X11; Linux x86_64; rv:145.0) Gecko/20100101 Firefox/145.0', 'Firefox 145 on Linux'],
  [
    'Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0 Safari/537.36 Edg/142.0.0.0',
    'Edge 142 on Windows',
  ],
  [
    'Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.4 Safari/605.1.15',
    'Safari 18 on macOS',
  ],
  [
    'Mozilla/5.0 (iPhone; CPU iPhone OS 18_4 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.4 Mobile/15E148 Safari/604.1',
    'Safari 18 on iOS',
  ],
  [
    'Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0 Mobile Safari/537.36',
    'Chrome 142 on Android',
  ],
  ['Firefox/1', 'Firefox 1'],
  ['curl/8.5.0', null],
  ['', null],
  ['\u202eFirefox', null],
])('a browser that calls itself %j is %j', (userAgent, name) => {
  expect(nameUserAgent(userAgent)).toBe(name)
})
