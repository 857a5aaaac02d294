import path from 'node:path'
import type { Cleanups } from '@/bench/cleanups'
import { projectRoot } from '@/lib/server/project-root'
import type { GatewayPlace } from '@/test/gateways/gateway-kinds'
import { startGatewayProcess } from '@/test/gateways/gateway-process'
import { startGate } from '@/test/gateways/start-gate'
import type { Replacement } from '@/test/gateways/read-recipe'
import { startNginx } from '@/test/gateways/start-nginx'
import { freePort } from '@/test/setup/free-port'
import type { ServicePlace } from './call-service'
import { hostOf, serviceSettings, serviceSlugs, type ServiceSlug } from './company'
import type { Api } from './operator-session'
import { startBackend } from './start-backend'

export type Places = Readonly<Record<ServiceSlug, ServicePlace>>
export type GatewayProgram = 'nginx' | 'gate'

/**
 * Creates the company's services and gateways as its administrator, and starts a backend and a gateway for each of them
 * with the very configuration of docs/gateways. Payments has `countersign gate` always: it compares bodies.
 *
 * @param api as the administrator
 * @param firstPort of the orders service; the others follow
 */
export async function startServices(
  api: Api,
  options: {
    readonly serverPort: number
    readonly issuer: string
    readonly firstPort: number
    readonly program: GatewayProgram
    readonly cleanups: Cleanups
  },
): Promise<Places> {
  const { serverPort, issuer, firstPort, cleanups } = options
  const start = async (slug: ServiceSlug, index: number): Promise<ServicePlace> => {
    const host = hostOf(slug)
    const port = firstPort + index
    const program = slug === 'payments' ? 'gate' : options.program
    // Orders can be tried with curl, so it has the name that works on this machine as well.
    const local = slug === 'orders' ? `localhost:${port}` : undefined
    const authorities = [host, local].flatMap((authority) => (authority === undefined ? [] : [{ authority }]))
    await api('POST', '/services', { slug, authorities, ...serviceSettings[slug] })
    const gateway = `${slug}-${program === 'nginx' ? 'edge' : 'gate'}`
    await api('POST', '/gateways', { name: gateway, profile: program, services: [slug] })
    const { key } = await api<{ key: string }>('POST', `/gateways/${gateway}/keys`, {})
    const place: GatewayPlace = {
      ...{ serverPort, gatewayKey: key, slug, host, port },
      backendPort: await startBackendOf(slug, issuer, cleanups),
      ...(program === 'nginx' && local !== undefined && { edit: alsoAs(local) }),
    }
    const running = await (program === 'nginx' ? startNginx(place) : startGate(place))
    cleanups.add(() => running.stop())
    return { slug, host, port }
  }
  const places: Partial<Record<ServiceSlug, ServicePlace>> = {}
  // One after the other: when one does not start, nothing else is on its way.
  for (const [index, slug] of serviceSlugs.entries()) places[slug] = await start(slug, index)
  return places as Places
}

/** The nginx guide's map of hosts and its server name, with one more host. */
function alsoAs(authority: string): readonly Replacement[] {
  const name = authority.replace(/:\d+$/, '')
  const map = 'map "$host $http_host" $countersign_orders_host {'
  return [
    [map, `${map}\n    "${name} ${authority}" ${authority};`],
    ['server_name ', `server_name ${name} `],
  ]
}

/** Orders is the sample that readers find in examples/orders. */
async function startBackendOf(slug: ServiceSlug, issuer: string, cleanups: Cleanups): Promise<number> {
  if (slug !== 'orders') {
    const backend = await startBackend(slug, issuer, serviceSettings[slug]['mode'] === 'observe')
    cleanups.add(() => backend.close())
    return backend.port
  }
  const port = await freePort()
  const sample = path.join(projectRoot(), 'examples/orders/api.mjs')
  const running = await startGatewayProcess(process.execPath, [sample, String(port), issuer], {
    port,
    cwd: projectRoot(),
    cleanUp: () => Promise.resolve(),
  })
  cleanups.add(() => running.stop())
  return port
}
