import { afterEach, expect, test } from 'vitest'
import { nginxConfiguration } from '@/lib/domain/gateway/configuration/nginx-configuration'
import { createTestPlace } from '../setup/open-test-dependencies'
import { prepareService } from '../setup/prepare-service'
import { startServer } from '../setup/start-server'
import { freePort } from '../setup/free-port'
import { startProtectedBackend } from './protected-backend'
import { formatRequest, sendRaw } from './raw-http'
import { startNginx } from './start-nginx'

const cleanups: (() => Promise<unknown>)[] = []
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup()
})

test('one nginx guards several services: each has its own hosts, key and backend, and none lets another’s pass', async () => {
  const place = await createTestPlace('postgresql')
  cleanups.push(() => place.remove())
  const server = await startServer(place)
  cleanups.push(() => server.stop())
  const port = await freePort()

  const guarded = async (slug: string) => {
    const authority = `${slug}.example:${port}`
    const service = await prepareService(server, { slug, authority })
    const backend = await startProtectedBackend({
      service: slug,
      jwksUrl: `${server.url}/.well-known/jwks.json`,
      issuer: `http://localhost:${server.port}`,
    })
    cleanups.push(() => backend.close())
    const files = nginxConfiguration({
      slug,
      authorities: [authority],
      serverUrl: server.url,
      backend: `127.0.0.1:${backend.port}`,
      gatewayKey: service.gatewayKey,
    })
    return { authority, backend, files, machine: await service.enroll() }
  }
  // Names that are nearly one: a dash is no part of a variable's name.
  const services = [await guarded('stock'), await guarded('stock-api')] as const
  const nginx = await startNginx({
    ...{ port, serverPort: server.port, backendPort: 0, gatewayKey: '', slug: '', host: '' },
    files: Object.fromEntries(services.flatMap(({ files }) => files.map(({ name, content }) => [name, content]))),
  })
  cleanups.push(() => nginx.stop())

  const send = async (signedFor: string, host: string, machine: (typeof services)[number]['machine']) => {
    const fields = machine.sign({ authority: signedFor, target: '/v1/things' })
    const lines = fields.map(([name, value]) => `${name}: ${value}`)
    return (await sendRaw(port, formatRequest({ host, target: '/v1/things', lines }))).status
  }
  for (const { authority, machine } of services) expect(await send(authority, authority, machine)).toBe(200)
  expect(services.map(({ backend }) => backend.served.length)).toEqual([1, 1])

  const [stock, api] = services
  expect(await send(stock.authority, api.authority, stock.machine)).not.toBe(200)
  expect(await send(api.authority, stock.authority, api.machine)).not.toBe(200)
  expect(await send(stock.authority, `elsewhere.example:${port}`, stock.machine)).toBe(403)
  expect(services.map(({ backend }) => backend.arrived.length)).toEqual([1, 1])
})
