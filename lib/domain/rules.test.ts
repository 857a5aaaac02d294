import { describe, expect, test } from 'vitest'
import { parseAuthority } from '@/lib/protocol'
import { labelKeyPattern, labelValuePattern, readLabels } from './label/labels'
import { selectorMatches } from './label/selector-matches'
import { machineCan, type MachineAction } from './machine/machine-can'
import { machineStateAt, machineStates, type MachineState } from './machine/machine-state'
import { canCoverField } from './service/covered-field'
import { findAuthorityOverlap } from './service/find-authority-overlap'
import { isUnderPathPrefix, pathPrefixPattern } from './service/path-prefix'

describe('what an operator can do to a machine', () => {
  const allowed: Record<MachineAction, MachineState[]> = {
    suspend: ['active', 'expired'],
    reinstate: ['suspended'],
    release: ['quarantined'],
    revoke: ['pending', 'active', 'suspended', 'quarantined', 'expired'],
    setLabels: ['pending', 'active', 'suspended', 'quarantined', 'expired'],
  }
  const cases = Object.entries(allowed).flatMap(([action, states]) =>
    machineStates.map((state) => ({ action: action as MachineAction, state, can: states.includes(state) })),
  )
  test.each(cases)('$action in state $state: $can, and if not, why not', ({ action, state, can }) => {
    const answer = machineCan[action]({ state })
    expect(answer.can).toBe(can)
    if (!answer.can) expect(answer.why).toMatch(/^[A-Z].{10,}\.$/)
  })

  test('nothing leads out of revoked', () => {
    for (const can of Object.values(machineCan)) expect(can({ state: 'revoked' }).can).toBe(false)
  })

  test('an active machine past its expiry has expired; no other state changes by itself', () => {
    const now = new Date('2026-11-22T12:00:00Z')
    for (const state of machineStates) {
      expect(machineStateAt({ state, expiresAt: now }, now)).toBe(state === 'active' ? 'expired' : state)
      expect(machineStateAt({ state, expiresAt: new Date(now.getTime() + 1) }, now)).toBe(state)
    }
  })
})

describe('selectors', () => {
  test.each([
    [{}, {}, true],
    [{}, { env: 'prod' }, true],
    [{ env: 'prod' }, { env: 'prod', team: 'a' }, true],
    [{ env: 'prod' }, { env: 'Prod' }, false],
    [{ env: 'prod' }, {}, false],
    [{ env: 'prod', team: 'a' }, { env: 'prod' }, false],
    [{ constructor: 'x' }, {}, false],
    [null, {}, false],
    [[], {}, false],
    ['', {}, false],
    [{ env: 1 }, { env: 1 }, false],
    [{}, { env: 1 }, false],
    [{}, null, false],
    [{ 'Bad Key': 'x' }, { 'Bad Key': 'x' }, false],
  ])('%j on %j: %s', (selector, labels, matches) => {
    expect(selectorMatches(selector, labels)).toBe(matches)
  })

  test('labels are bounded in number, names and values', () => {
    expect(readLabels(Object.fromEntries(Array.from({ length: 32 }, (_, index) => [`k${index}`, 'v'])))).not.toBeNull()
    expect(readLabels(Object.fromEntries(Array.from({ length: 33 }, (_, index) => [`k${index}`, 'v'])))).toBeNull()
    for (const key of ['a', 'team/name', 'k8s.io/x', 'a'.repeat(63)]) expect(key).toMatch(labelKeyPattern)
    for (const key of ['', 'A', '-a', 'a-', 'a b', 'a=b', 'a'.repeat(64), '__proto__', 'a\n'])
      expect(key).not.toMatch(labelKeyPattern)
    for (const value of ['x', 'a b', 'repo:org/x@refs/heads/main', 'x'.repeat(255)])
      expect(value).toMatch(labelValuePattern)
    for (const value of ['', ' a', 'a ', 'ä', 'a\u0000', 'a\n', 'x'.repeat(256)])
      expect(value).not.toMatch(labelValuePattern)
  })
})

describe('services', () => {
  test.each(['authorization', 'x-api-key', 'idempotency-key', 'x-tenant-id', 'x-http-method-override', 'cookie'])(
    '%s can be covered',
    (name) => expect(canCoverField(name)).toEqual({ can: true }),
  )
  test.each([
    '',
    'Authorization',
    'a b',
    'a:b',
    '@path',
    'signature',
    'signature-input',
    'content-digest',
    'host',
    'connection',
    'transfer-encoding',
    'content-length',
    'x-forwarded-for',
    'countersign-assertion',
    'ä',
    'x'.repeat(65),
  ])('%j cannot be covered', (name) => expect(canCoverField(name).can).toBe(false))

  test.each(['/', '/v1', '/v1/orders', '/a.b', '/~x', '/..a', '/a..b/...'])('%s is a path prefix', (prefix) =>
    expect(prefix).toMatch(pathPrefixPattern),
  )
  test.each([
    '',
    'v1',
    '/v1/',
    '//',
    '/a//b',
    '/.',
    '/..',
    '/a/../b',
    '/a/.',
    '/a%2fb',
    '/a;b',
    '/a?b',
    '/a#b',
    '/a\\b',
    '/ä',
    '/a b',
    '/a\n',
  ])('%j is none', (prefix) => expect(prefix).not.toMatch(pathPrefixPattern))

  test('a prefix holds whole segments', () => {
    for (const path of ['/api', '/api/', '/api/x']) expect(isUnderPathPrefix(path, '/api')).toBe(true)
    for (const path of ['/', '/apix', '/ap', '/API', '/api;x', '/x/api'])
      expect(isUnderPathPrefix(path, '/api')).toBe(false)
    expect(isUnderPathPrefix('/anything', '/')).toBe(true)
  })

  test.each([
    ['a /', 'a /', true],
    ['a /', 'a /x', true],
    ['a /x/y', 'a /x', true],
    ['a /x', 'a /xy', false],
    ['a /x', 'a /y', false],
    ['a /', 'b /', false],
    ['a:8080 /', 'a /', false],
  ])('%s and %s overlap: %s', (ours, theirs, overlaps) => {
    const read = (text: string) => {
      const [authority = '', pathPrefix = ''] = text.split(' ')
      return { authority, pathPrefix }
    }
    expect(findAuthorityOverlap([read(ours)], [read(theirs)]) !== null).toBe(overlaps)
    expect(findAuthorityOverlap([read(theirs)], [read(ours)]) !== null).toBe(overlaps)
  })

  test('two spellings of a host are one authority before they are compared', () => {
    expect(parseAuthority('Orders.Example:443')).toMatchObject({ authority: 'orders.example' })
    expect(parseAuthority('orders.example:80', 'http')).toMatchObject({ authority: 'orders.example' })
  })
})
