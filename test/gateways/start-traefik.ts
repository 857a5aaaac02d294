import { existsSync } from 'node:fs'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { freePort } from '../setup/throwaway-postgres'
import type { GatewayPlace } from './gateway-kinds'
import { startGatewayProcess, type GatewayProcess } from './gateway-process'
import { readRecipe } from './read-recipe'
import type { TlsFiles } from './tls-files'

/**
 * Traefik is in no distribution, and building it takes longer than all tests together, so it is run where it is found: at
 * TRAEFIK_PATH, in `.cache/traefik`, or where its own guide puts it. What it sends is tested everywhere.
 */
export function findTraefik(): string | undefined {
  const programs = [
    process.env.TRAEFIK_PATH ?? '',
    path.resolve(import.meta.dirname, '../../.cache/traefik/traefik'),
    '/usr/local/bin/traefik',
  ]
  return programs.find((program) => program !== '' && existsSync(program))
}

/** A real Traefik with the guide's two files, without TLS towards clients and on loopback. */
export async function startTraefik(
  program: string,
  place: GatewayPlace & { readonly gatewayTlsPort: number; readonly tls: TlsFiles },
): Promise<GatewayProcess> {
  const folder = await mkdtemp(path.join(tmpdir(), 'countersign-traefik-'))
  const dynamic = path.join(folder, 'dynamic')
  await mkdir(dynamic)
  const port = await freePort()
  const recipe = await readRecipe(
    'traefik.md',
    ['traefik.yml', 'orders.yml'],
    [
      ["':80'", `127.0.0.1:${port}`],
      ['/etc/traefik/dynamic', dynamic],
      ['127.0.0.1:8080', `127.0.0.1:${place.backendPort}`],
      ['orders.example', place.host],
      ['https://countersign.example:3443', `https://127.0.0.1:${place.gatewayTlsPort}`],
      ['authz/traefik/orders', `authz/traefik/${place.slug}`],
      ['/etc/traefik/countersign/server-ca.pem', place.tls.serverCertificate],
      ['/etc/traefik/countersign/gateway.pem', place.tls.gatewayCertificate],
      ['/etc/traefik/countersign/gateway.key', place.tls.gatewayKey],
    ],
  )
  await writeFile(path.join(folder, 'traefik.yml'), recipe['traefik.yml'])
  await writeFile(path.join(dynamic, 'orders.yml'), recipe['orders.yml'])
  return startGatewayProcess(program, [`--configFile=${path.join(folder, 'traefik.yml')}`], {
    port,
    cwd: folder,
    environment: { HOME: folder },
    cleanUp: () => rm(folder, { recursive: true, force: true }),
  })
}
