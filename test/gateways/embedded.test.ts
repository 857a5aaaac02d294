import { afterAll, beforeAll, expect, test } from 'vitest'
import { gatewayKinds } from './gateway-kinds'
import { openGatewayWorld, type GatewayWorld } from './gateway-world'
import { sendRaw } from './raw-http'

let world: GatewayWorld
beforeAll(async () => {
  world = await openGatewayWorld({ database: 'embedded' })
})
afterAll(() => world?.close())

test.each(gatewayKinds)('on the embedded database, behind %s: allowed, replayed, revoked', async (kind) => {
  const machine = await world.service.enroll(`behind-${kind}`)
  world.backend.forget()
  const bytes = world.sign({ method: 'POST', body: 'two oranges' }, machine)
  expect((await sendRaw(world.gateway(kind).port, bytes)).status).toBe(200)
  expect((await sendRaw(world.gateway(kind).port, bytes)).code).toBe('credential_replayed')
  expect((await world.server.api('POST', `/machines/${machine.id}/revoke`, { reason: 'stolen' })).status).toBe(200)
  expect((await world.send(kind, {}, machine)).code).toBe('machine_revoked')
  expect(world.backend.served).toMatchObject([{ method: 'POST', body: 'two oranges' }])
  expect(world.backend.arrived).toHaveLength(1)
})
