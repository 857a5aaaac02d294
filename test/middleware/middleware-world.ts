import { expect } from 'vitest'
import { computeContentDigest, type HttpField } from '@/lib/protocol'
import { createTestPlace } from '../setup/open-test-dependencies'
import { prepareService, type PreparedService } from '../setup/prepare-service'
import { startServer, type RunningServer } from '../setup/start-server'
import type { TestMachine } from '../setup/test-machine'

/** What both forms are called in the tests. */
export const forms = ['asks for the credential', 'checks an assertion'] as const
export type Form = (typeof forms)[number]

export const host = 'orders.example'
export const target = '/v1/orders?a=b'

export interface MiddlewareWorld {
  readonly server: RunningServer
  /** With a gateway of profile nginx, which is asked for assertions as nginx asks. */
  readonly service: PreparedService
  readonly machine: TestMachine
  /** Of a gateway of profile library. */
  readonly libraryKey: string
  /** Header lines that make this request pass, once. */
  prove(form: Form, request?: ProvenRequest): Promise<string[]>
  close(): Promise<void>
}

export interface ProvenRequest {
  readonly method?: string
  readonly target?: string
  readonly body?: string
  readonly headers?: readonly HttpField[]
}

/** One verification service and one machine. Both real. */
export async function openMiddlewareWorld(): Promise<MiddlewareWorld> {
  const place = await createTestPlace('embedded')
  const server = await startServer(place)
  const service = await prepareService(server, { slug: 'orders', authority: host })
  const machine = await service.enroll('caller')
  const made = await server.api<{ id: string }>('POST', '/gateways', {
    name: 'orders-api',
    profile: 'library',
    services: ['orders'],
  })
  const added = await server.api<{ key: string }>('POST', `/gateways/${made.body.id}/keys`, {})
  expect([made.status, added.status]).toEqual([201, 201])
  return {
    server,
    service,
    machine,
    libraryKey: added.body.key,
    async prove(form, request = {}) {
      const { method = 'GET', body } = request
      const digest = (): HttpField[] => [['Content-Digest', computeContentDigest(Buffer.from(body ?? ''))]]
      const headers = [...(request.headers ?? []), ...(body === undefined ? [] : digest())]
      const sent = { method, target: request.target ?? target, authority: host }
      const fields = machine.sign({ ...sent, headers })
      const lines = fields.map(([name, value]) => `${name}: ${value}`)
      if (form === 'asks for the credential') return lines
      const asked = await service.ask(server, { ...sent, headers: fields })
      expect(asked.code).toBe('allowed')
      return [...lines, `Countersign-Assertion: ${asked.headers.get('countersign-assertion')}`]
    },
    async close() {
      await server.stop()
      await place.remove()
    },
  }
}
