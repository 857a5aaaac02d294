import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { freePort } from '../setup/free-port'
import type { GatewayPlace } from './gateway-kinds'
import { startGatewayProcess, type GatewayProcess } from './gateway-process'
import { readEnvironmentFile } from './read-environment-file'
import { readRecipe } from './read-recipe'

/** A real Caddy with the guide's Caddyfile, without TLS and on loopback. */
export async function startCaddy(place: GatewayPlace): Promise<GatewayProcess> {
  const folder = await mkdtemp(path.join(tmpdir(), 'countersign-caddy-'))
  const port = place.port ?? (await freePort())
  const recipe = place.files
    ? { Caddyfile: fromConsole(place.files, port) }
    : await readRecipe(
        'caddy.md',
        ['Caddyfile'],
        [
          [':443 {', `http://:${port} {\n\tbind 127.0.0.1`],
          ['orders.example {', `http://${place.host}:${port} {\n\tbind 127.0.0.1`],
          ['authz/caddy/orders', `authz/caddy/${place.slug}`],
          ...(place.edit ?? []),
        ],
      )
  const file = path.join(folder, 'Caddyfile')
  await writeFile(file, recipe.Caddyfile)
  return startGatewayProcess('caddy', ['run', '--config', file, '--adapter', 'caddyfile'], {
    port,
    cwd: folder,
    environment: {
      HOME: folder,
      XDG_CONFIG_HOME: path.join(folder, 'config'),
      XDG_DATA_HOME: path.join(folder, 'data'),
      COUNTERSIGN_SERVER: `127.0.0.1:${place.serverPort}`,
      COUNTERSIGN_GATEWAY_KEY: place.gatewayKey,
      ORDERS_BACKEND: `127.0.0.1:${place.backendPort}`,
      ...readEnvironmentFile(place.files?.['caddy.env'] ?? ''),
    },
    cleanUp: () => rm(folder, { recursive: true, force: true }),
  })
}

/** The console's Caddyfile for `127.0.0.1:<port>`, without TLS. */
function fromConsole(files: Readonly<Record<string, string>>, port: number): string {
  return (files.Caddyfile ?? '')
    .replace(`127.0.0.1:${port} {`, `http://127.0.0.1:${port} {\n\tbind 127.0.0.1`)
    .replace(/^:443 \{[^]*/m, '')
}
