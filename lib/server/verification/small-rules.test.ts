import { createHash, createSecretKey, randomBytes } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import { errorCodes, type ErrorCode } from '@/lib/domain/error-code'
import { HmacSha256, type ParsedRequestCredential } from '@/lib/protocol'
import { checkContent } from './check-content'
import { checkMachine } from './check-machine'
import { formatAcceptSignature } from './format-accept-signature'
import { readGatewayReport } from './gateway-profiles'
import { toProblem, toProblemLine } from './http-problem'
import { toQueryRecord } from './query-record'
import { findService } from './service-directory'
import type { MachineRecord, ReportedRequest, ServiceRecord } from './verification-types'

const service: ServiceRecord = {
  uuid: 'service',
  slug: 'orders',
  version: 1,
  mode: 'enforce',
  bodyBinding: 'backend',
  credentialProfile: {
    coveredFields: ['authorization', 'x-tenant-id'],
    allowEncodedSlash: false,
    allowPlainNonce: true,
  },
  machineSelector: {},
  requireAsymmetric: false,
  authorities: [],
}
const request: ReportedRequest = {
  service: 'orders',
  profile: 'nginx',
  gateway: { kind: 'none' },
  method: 'POST',
  target: '/',
  headers: [],
  reportedAuthority: undefined,
  bodyDigest: undefined,
  hasContent: undefined,
  sourceAddress: undefined,
}

describe('a body', () => {
  const sha256 = (text: string) => createHash('sha256').update(text).digest()
  const signed = (method: string, text?: string) =>
    ({ method, contentDigest: text === undefined ? undefined : { sha256: sha256(text) } }) as ParsedRequestCredential
  const check = (
    credential: ParsedRequestCredential,
    seen: Partial<ReportedRequest>,
    bodyBinding = service.bodyBinding,
  ) => {
    const checked = checkContent({ ...service, bodyBinding }, credential, { ...request, ...seen })
    return checked.outcome === 'passed' ? checked.content : checked.code
  }

  test('is compared by whoever saw it, whatever the service wants', () => {
    for (const binding of ['required', 'backend', 'none'] as const) {
      expect(check(signed('POST', 'a'), { bodyDigest: { sha256: sha256('a') } }, binding)).toBe('checked')
      expect(check(signed('POST', 'a'), { bodyDigest: { sha256: sha256('b') } }, binding)).toBe('digest_mismatch')
      // A digest that was signed and not computed is not checked.
      expect(check(signed('POST', 'a'), { bodyDigest: { sha512: Buffer.alloc(64) } }, binding)).toBe('digest_mismatch')
    }
  })

  test('that nobody saw is left to the backend, refused, or nobody’s business', () => {
    expect(check(signed('POST', 'a'), {}, 'backend')).toBe('unchecked')
    expect(check(signed('POST', 'a'), {}, 'required')).toBe('body_unchecked')
    expect(check(signed('POST', 'a'), {}, 'none')).toBe('none')
  })

  test('does not belong to GET, HEAD and OPTIONS', () => {
    for (const method of ['GET', 'HEAD', 'OPTIONS']) {
      expect(check(signed(method), { hasContent: true })).toBe('body_unexpected')
      expect(check(signed(method), { hasContent: false }, 'required')).toBe('none')
      expect(check(signed(method), {}, 'required')).toBe('none')
    }
  })
})

describe('a machine', () => {
  const nowMs = 1_000_000_000
  const machine = {
    state: 'active',
    generation: 4,
    generationStartedAtMs: nowMs - 119_000,
    expiresAtMs: nowMs + 1,
    generations: new Map([[3, { lastSeq: 10 }]]),
  } as unknown as MachineRecord
  const sequence = (seq: number) => ({ kind: 'sequence', seq, random: '' }) as const
  const check = (
    change: Partial<MachineRecord>,
    generation = 4,
    nonce: Parameters<typeof checkMachine>[2] = sequence(1),
  ) => {
    const checked = checkMachine({ ...machine, ...change }, generation, nonce, nowMs)
    return checked.outcome === 'may' ? 'may' : checked.code
  }

  test('may act while it is active and has not expired, and only then', () => {
    expect(check({})).toBe('may')
    expect(check({ expiresAtMs: nowMs })).toBe('machine_expired')
    for (const state of ['pending', 'suspended', 'quarantined', 'expired', 'revoked'] as const) {
      expect(check({ state })).toBe(`machine_${state}`)
    }
  })

  test('goes on with the generation before for two minutes, up to the number it declared', () => {
    expect(check({}, 3, sequence(10))).toBe('may')
    expect(check({}, 3, sequence(11))).toBe('credential_forked')
    expect(check({}, 3, { kind: 'plain', value: 'x'.repeat(16) })).toBe('may')
    expect(check({ generationStartedAtMs: nowMs - 120_001 }, 3, sequence(10))).toBe('generation_superseded')
    // What comes too late is no evidence of a copy any more.
    expect(check({ generationStartedAtMs: nowMs - 120_001 }, 3, sequence(11))).toBe('generation_superseded')
    expect(check({}, 2)).toBe('generation_superseded')
    expect(check({}, 5)).toBe('generation_superseded')
  })
})

describe('the problem line', () => {
  test('of every code is one line of ASCII within 1 KiB that says the same as the document', () => {
    for (const code of Object.keys(errorCodes) as ErrorCode[]) {
      const problem = toProblem(code, { decisionId: `dec_${'0'.repeat(26)}`, requestId: `req_${'0'.repeat(26)}` })
      const line = toProblemLine(problem)
      expect(line).toMatch(/^[\x20-\x7e]{1,1024}$/)
      expect(JSON.parse(line)).toEqual(problem)
    }
  })

  test('of an overlong or odd detail leaves the detail out rather than break', () => {
    for (const detail of ['é'.repeat(500), 'x'.repeat(5_000), '\u202e\r\n\0'.repeat(300)]) {
      const problem = toProblem('signature_invalid', { detail, decisionId: 'dec_1' })
      const line = toProblemLine(problem)
      expect(line).toMatch(/^[\x20-\x7e]{1,1024}$/)
      expect(JSON.parse(line)).toMatchObject({ code: 'signature_invalid', decisionId: 'dec_1' })
    }
    const short = toProblem('signature_invalid', { detail: 'Ünïcode “quoted”\n' })
    expect(JSON.parse(toProblemLine(short))).toEqual(short)
  })
})

describe('the record of a query', () => {
  const key = new HmacSha256(createSecretKey(randomBytes(32)))

  test('keeps names and a keyed hash, and no value', () => {
    const record = toQueryRecord('?api_key=hunter2&page=3&empty=', key)
    expect(record.names).toEqual(['api_key', 'page', 'empty'])
    expect(record.hash).toHaveLength(32)
    expect(JSON.stringify(record)).not.toContain('hunter2')
    expect(toQueryRecord('?api_key=hunter2&page=3&empty=', key).hash).toEqual(record.hash)
    expect(toQueryRecord('?api_key=hunter3&page=3&empty=', key).hash).not.toEqual(record.hash)
    const plain = createHash('sha256').update('?api_key=hunter2&page=3&empty=').digest()
    expect(record.hash).not.toEqual(plain)
  })

  test('takes what has no "=" for a value', () => {
    expect(toQueryRecord('?hunter2&a=b', key).names).toEqual(['', 'a'])
  })

  test('is bounded, and nothing without a query', () => {
    const many = `?${Array.from({ length: 100 }, (_, index) => `${'n'.repeat(100)}${index}=v`).join('&')}`
    expect(toQueryRecord(many, key).names).toHaveLength(32)
    expect(toQueryRecord(many, key).names[0]).toHaveLength(64)
    expect(toQueryRecord('?', key)).toEqual({ names: [], hash: null })
    expect(toQueryRecord('', key)).toEqual({ names: [], hash: null })
  })
})

test('Accept-Signature names what this request has to cover, and no value of it', () => {
  const headers = [
    ['Authorization', 'Bearer hunter2'],
    ['X-Tenant-Id', 't'],
    ['X-Other', 'o'],
    ['Content-Type', 'a/b'],
  ] as const
  const forPost = formatAcceptSignature(service, { ...request, headers })
  expect(forPost).toBe(
    'cs=("@method" "@authority" "@path" "@query" "authorization" "x-tenant-id" "content-type" "content-digest");' +
      'created;expires;nonce;keyid;alg;tag="countersign"',
  )
  const forGet = formatAcceptSignature(service, { ...request, method: 'GET', headers: [] })
  expect(forGet).toContain('("@method" "@authority" "@path" "@query")')
  const withDigest = formatAcceptSignature(service, { ...request, method: 'GET', headers: [['Content-Digest', 'x']] })
  expect(withDigest).toContain('"content-digest"')
})

describe('a gateway’s report', () => {
  const good = [
    ['X-Original-Method', 'GET'],
    ['X-Original-URI', '/a?b'],
    ['X-Original-Host', 'orders.example'],
    ['X-Original-Address', '203.0.113.1, 192.0.2.7'],
    ['X-Original-Content-Length', ''],
    ['Countersign-Gateway-Key', 'csg_key'],
    ['X-Forwarded-Uri', '/admin'],
  ] as const

  test('is read from its own headers only', () => {
    expect(readGatewayReport('nginx', good)).toEqual({
      outcome: 'read',
      method: 'GET',
      target: '/a?b',
      host: 'orders.example',
      address: '192.0.2.7',
      hasContent: undefined,
      gatewayKey: 'csg_key',
    })
    expect(readGatewayReport('caddy', good)).toMatchObject({ outcome: 'refused' })
  })

  test.each([
    'X-Original-URI',
    'x-original-method',
    'X-ORIGINAL-HOST',
    'X-Original-Address',
    'countersign-gateway-key',
  ])('with two lines of %s is refused', (name) => {
    expect(readGatewayReport('nginx', [...good, [name, 'x']])).toMatchObject({ outcome: 'refused' })
  })

  test('says whether there is content where the gateway can tell', () => {
    const read = (value: string) =>
      readGatewayReport('nginx', [...good.slice(0, 4), ['X-Original-Content-Length', value]])
    expect(read('5')).toMatchObject({ hasContent: true })
    expect(read('0')).toMatchObject({ hasContent: false })
  })
})

describe('the service of a question', () => {
  const gateway = { uuid: 'gateway', profile: 'nginx', serviceIds: new Set(['service']) } as const
  const ofMachine = { uuid: 'gate', profile: 'gate', serviceIds: new Set(['service']) } as const
  const hashOf = (key: string) => createHash('sha256').update(key).digest('base64url')
  const snapshot = {
    servicesBySlug: new Map([
      ['orders', service],
      ['other', { ...service, uuid: 'other', slug: 'other' }],
    ]),
    gatewaysByKeyHash: new Map([[hashOf('csg_right'), gateway]]),
    gatewaysByCertificate: new Map([['fingerprint', gateway]]),
    gatewaysByMachine: new Map([['machine', ofMachine]]),
    gatewaysByUuid: new Map([['gateway', gateway]]),
  }
  const find = (slug: string, proof: Parameters<typeof findService>[2], profile: string | null) => {
    const found = findService(snapshot, slug, proof, profile)
    return found.outcome === 'found' ? found.gateway.uuid : found.code
  }

  test('is found for its gateways, by key, as a machine or by its own socket', () => {
    expect(find('orders', { kind: 'key', key: 'csg_right' }, 'nginx')).toBe('gateway')
    expect(find('orders', { kind: 'key', key: 'csg_right' }, null)).toBe('gateway')
    expect(find('orders', { kind: 'machine', machineUuid: 'machine' }, null)).toBe('gate')
    expect(find('orders', { kind: 'socket', gatewayUuid: 'gateway' }, 'nginx')).toBe('gateway')
  })

  test('is nobody else’s', () => {
    expect(find('nothing', { kind: 'key', key: 'csg_right' }, 'nginx')).toBe('service_unknown')
    expect(find('__proto__', { kind: 'none' }, null)).toBe('service_unknown')
    expect(find('orders', { kind: 'key', key: 'csg_wrong' }, 'nginx')).toBe('gateway_unknown')
    expect(find('orders', { kind: 'key', key: hashOf('csg_right') }, 'nginx')).toBe('gateway_unknown')
    expect(find('orders', { kind: 'key', key: 'csg_right' }, 'caddy')).toBe('gateway_unknown')
    expect(find('other', { kind: 'key', key: 'csg_right' }, 'nginx')).toBe('gateway_unknown')
    expect(find('orders', { kind: 'machine', machineUuid: 'another' }, null)).toBe('gateway_unknown')
    expect(find('orders', { kind: 'socket', gatewayUuid: 'removed' }, 'nginx')).toBe('gateway_unknown')
    expect(find('orders', { kind: 'socket', gatewayUuid: 'gateway' }, 'caddy')).toBe('gateway_unknown')
    expect(find('other', { kind: 'socket', gatewayUuid: 'gateway' }, 'nginx')).toBe('gateway_unknown')
    expect(find('orders', { kind: 'none' }, 'nginx')).toBe('gateway_unknown')
  })
})
