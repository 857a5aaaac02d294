import { existsSync } from 'node:fs'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { freePort } from '../setup/throwaway-postgres'
import type { GatewayPlace } from './gateway-kinds'
import { startGatewayProcess, type GatewayProcess } from './gateway-process'
import { readRecipe } from './read-recipe'

/** Where Debian, those who build it themselves, and Homebrew put it. */
const programs = ['/usr/sbin/nginx', '/usr/local/sbin/nginx', '/usr/bin/nginx', '/opt/homebrew/bin/nginx']

export function findNginx(): string | undefined {
  return programs.find((program) => existsSync(program))
}

const includes = ['countersign/gateway-key.conf', 'countersign/check.conf', 'countersign/backend.conf'] as const
const site = 'orders.conf'
const fileLocations = 'orders-files.conf'
const fileMap = 'orders-files-map.conf'

/** A real nginx with the guide's four files, in a folder of its own; with `files`, also the guide's locations for files. */
export async function startNginx(
  place: GatewayPlace,
  files?: Readonly<Record<string, string>>,
): Promise<GatewayProcess> {
  const folder = await mkdtemp(path.join(tmpdir(), 'countersign-nginx-'))
  const filesFolder = path.join(folder, 'files')
  const port = place.port ?? (await freePort())
  const recipe = place.files
    ? fromConsole(place, port)
    : await readRecipe(
        'nginx.md',
        [...includes, site, ...(files ? ([fileLocations, fileMap] as const) : [])],
        [
          ['127.0.0.1:3000', `127.0.0.1:${place.serverPort}`],
          ['127.0.0.1:8080', `127.0.0.1:${place.backendPort}`],
          ['orders.example', place.host],
          ['authz/nginx/orders', `authz/nginx/${place.slug}`],
          ['csg_REPLACE_ME', place.gatewayKey],
          ['listen 80;', `listen 127.0.0.1:${port};`],
          ...(files ? ([['/srv/orders', filesFolder]] as const) : []),
          ...(place.edit ?? []),
        ],
      )
  await mkdir(path.join(folder, 'countersign'))
  for (const name of includes) await writeFile(path.join(folder, name), recipe[name], { mode: 0o600 })
  for (const [name, content] of Object.entries(files ?? {})) {
    await mkdir(path.dirname(path.join(filesFolder, name)), { recursive: true })
    await writeFile(path.join(filesFolder, name), content)
  }
  const end = recipe[site].lastIndexOf('}')
  const sites = files
    ? [recipe[fileMap], recipe[site].slice(0, end), recipe[fileLocations], recipe[site].slice(end)]
    : [recipe[site]]
  const configuration = path.join(folder, 'nginx.conf')
  await writeFile(configuration, surround(folder, sites.join('\n')))
  return startGatewayProcess(findNginx() ?? 'nginx', ['-p', folder, '-c', configuration, '-e', 'stderr'], {
    port,
    cwd: folder,
    cleanUp: () => rm(folder, { recursive: true, force: true }),
  })
}

/** The console's files hold the values already; only loopback is ours. */
function fromConsole({ files = {}, slug }: GatewayPlace, port: number) {
  const read = (name: string) => files[name] ?? ''
  return {
    'countersign/gateway-key.conf': read('countersign/gateway-key.conf'),
    'countersign/check.conf': read('countersign/check.conf'),
    'countersign/backend.conf': read('countersign/backend.conf'),
    [site]: read(`${slug}.conf`).replace(`listen ${port};`, `listen 127.0.0.1:${port};`),
    [fileLocations]: '',
    [fileMap]: '',
  }
}

/** What a distribution's nginx.conf has around a site, kept inside of the folder. */
function surround(folder: string, sites: string): string {
  const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map(
    (name) => `${name}_temp_path ${path.join(folder, name)};`,
  )
  return [
    // As root, workers would be another account that may not read the folder.
    ...(process.getuid?.() === 0 ? ['user root;'] : []),
    'daemon off;',
    'worker_processes 1;',
    `pid ${path.join(folder, 'nginx.pid')};`,
    'error_log stderr warn;',
    'events { worker_connections 512; }',
    'http {',
    'access_log off;',
    // As the guide says for long host names; nginx builds it for cache lines of 64 bytes otherwise.
    'map_hash_bucket_size 256;',
    'types { text/html html; }',
    ...temporary,
    sites,
    '}',
    '',
  ].join('\n')
}
