import { expect, test } from 'vitest'
import type { Service } from '@/lib/contract/services'
import { newServiceValues, toServiceSettings, toServiceValues } from './service-form'
import { describeServiceChange } from './service-consequences'
import { operations } from '@/lib/contract/operations'

const service: Service = {
  id: 'svc_01k3tt0z0ye00800014d2pf2db',
  slug: 'orders',
  name: 'Orders',
  state: 'active',
  mode: 'enforce',
  bodyBinding: 'backend',
  machineSelector: { env: 'production' },
  allowPlainNonce: true,
  allowEncodedSlash: false,
  requireAsymmetric: false,
  authorities: [{ authority: 'orders.example', pathPrefix: '/' }],
  coveredFields: ['authorization'],
  gateways: [],
  version: 1,
  createdAt: '2026-11-22T08:30:00.000Z',
}

const effects = (change: Partial<Service>) => describeServiceChange(service, change).map(({ effect }) => effect)

test('what lets more pass is told from what lets less pass', () => {
  expect(effects({ mode: 'observe' })).toEqual(['widens'])
  expect(describeServiceChange({ ...service, mode: 'observe' }, { mode: 'enforce' })[0]?.effect).toBe('narrows')
  expect(effects({ state: 'retired' })).toEqual(['narrows'])
  expect(effects({ machineSelector: {} })).toEqual(['widens'])
  expect(effects({ machineSelector: { env: 'staging' } })).toEqual(['narrows', 'widens'])
  expect(effects({ authorities: [] })).toEqual(['narrows'])
  expect(effects({ bodyBinding: 'none' })).toEqual(['widens'])
  expect(effects({ bodyBinding: 'required' })).toEqual(['narrows'])
  expect(effects({ coveredFields: [] })).toEqual(['widens'])
  expect(effects({ coveredFields: ['authorization', 'cookie'] })).toEqual(['narrows'])
  expect(effects({ allowPlainNonce: false, allowEncodedSlash: true, requireAsymmetric: true })).toEqual([
    'narrows',
    'widens',
    'narrows',
  ])
})

test('a name, or a list in another order, has no consequence', () => {
  expect(effects({ name: 'Other' })).toEqual([])
  expect(effects({ machineSelector: { env: 'production' }, coveredFields: ['authorization'] })).toEqual([])
})

test('a form holds a service as it is, and gives back what the contract takes', () => {
  const { gateways: _1, version: _2, createdAt: _3, id: _4, slug: _5, state: _6, ...settings } = service
  expect(operations.updateService.body.parse(toServiceSettings(toServiceValues(service)))).toEqual(settings)
})

test('an empty form has the contract’s own defaults', () => {
  const values = { ...newServiceValues, authorities: [{ authority: 'a.example', pathPrefix: '' }] }
  const fromForm = operations.createService.body.parse({ slug: 'a', ...toServiceSettings(values) })
  const fromContract = operations.createService.body.parse({ slug: 'a', authorities: [{ authority: 'a.example' }] })
  expect(fromForm).toEqual(fromContract)
})
