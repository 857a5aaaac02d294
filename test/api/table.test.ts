import { randomBytes } from 'node:crypto'
import { expect, test } from 'vitest'
import { operations, type OperationId } from '@/lib/contract/operations'
import type { Operation } from '@/lib/contract/operation'
import { roleMay } from '@/lib/contract/permissions'
import { operatorRoles } from '@/lib/domain/operator/operator-role'
import { operationHandlers } from '@/lib/server/http/operation-handlers'
import { forEachDatabase } from '../setup/open-test-dependencies'
import { apiOf, codeOf, tokenOf } from './call-api'

const all = Object.entries(operations) as [OperationId, Operation][]
const closed = all.filter(([, operation]) => operation.permission !== 'public')
const exampleParams: Record<string, string> = {
  service: 'no-such-service',
  gateway: 'no-such-gateway',
  machine: 'mach_01k3tt0z0ye00800014d2pf2db',
  joinToken: 'join_01k3tt0z0ye00800014d2pf2db',
  decision: 'dec_01k3tt0z0ye00800014d2pf2db',
  apiToken: 'tok_01k3tt0z0ye00800014d2pf2db',
  operator: 'op_01k3tt0z0ye00800014d2pf2db',
  session: 'ses_01k3tt0z0ye00800014d2pf2db',
  key: 'gwk_01k3tt0z0ye00800014d2pf2db',
}

test('every operation has a handler, and no handler is without an operation', () => {
  expect(Object.keys(operationHandlers).sort()).toEqual(Object.keys(operations).sort())
  for (const [id, operation] of all) expect(operation.operationId).toBe(id)
})

test('only the OpenAPI document is public', () => {
  expect(all.filter(([, operation]) => operation.permission === 'public').map(([id]) => id)).toEqual(['getOpenapi'])
})

test('no two operations share method and path', () => {
  const keys = all.map(([, { method, path }]) => `${method} ${path.replace(/\{\w+\}/g, '{}')}`)
  expect(new Set(keys).size).toBe(keys.length)
})

forEachDatabase('the table of permissions', (open) => {
  test('refuses every operation without a token, and with tokens that are not ours', async () => {
    const call = apiOf(await open())
    const foreign = ['cst_', 'csl_', 'csg_', 'csj_'].map((prefix) => prefix + randomBytes(32).toString('base64url'))
    for (const [id] of closed) {
      for (const token of [null, ...foreign, 'x', 'cst_', `cst_${'A'.repeat(200)}`]) {
        const answer = await call(id, { token, params: exampleParams, body: {} })
        expect([id, codeOf(answer)]).toEqual([id, 'unauthenticated'])
        expect(answer.headers['WWW-Authenticate']).toMatch(/^Bearer/)
        expect(answer.headers['Cache-Control']).toBe('no-store')
      }
    }
  })

  test('gives each role exactly what the table says, before it looks at the input', async () => {
    const call = apiOf(await open())
    for (const role of operatorRoles) {
      const token = await tokenOf(call, role)
      for (const [id, operation] of closed) {
        // A body that no operation takes: whoever may call gets told so, whoever may not learns nothing more.
        const answer = await call(id, {
          token,
          params: exampleParams,
          query: 'nonsense=1',
          rawBody: '[',
          contentType: null,
        })
        const expected = roleMay(role, operation.permission) ? 'request_malformed' : 'permission_denied'
        expect([role, id, codeOf(answer)]).toEqual([role, id, expected])
        if (expected === 'permission_denied') expect(answer.body.detail).toContain(operation.permission)
      }
    }
  })
})
