import { existsSync } from 'node:fs'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { freePort } from '../setup/free-port'
import type { GatewayPlace } from './gateway-kinds'
import { startGatewayProcess, type GatewayProcess } from './gateway-process'
import { readRecipe } from './read-recipe'

/** Where Debian, those who build it themselves, and Homebrew put it. */
const programs = ['/usr/sbin/nginx', '/usr/local/sbin/nginx', '/usr/bin/nginx', '/opt/homebrew/bin/nginx']

export function findNginx(): string | undefined {
  return programs.find((program) => existsSync(program))
}

const includes = [
  'countersign/orders-gateway-key.conf',
  'countersign/orders-check.conf',
  'countersign/orders-backend.conf',
] as const
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
  await mkdir(path.join(folder, 'countersign'))
  for (const [name, content] of Object.entries(files ?? {})) {
    await mkdir(path.dirname(path.join(filesFolder, name)), { recursive: true })
    await writeFile(path.join(filesFolder, name), content)
  }
  const sites: string[] = []
  const recipe = place.files ? fromConsole(place.files, port) : await fromGuide(place, port, files && filesFolder)
  for (const [name, content] of Object.entries(recipe)) {
    if (name.startsWith('countersign/')) await writeFile(path.join(folder, name), content, { mode: 0o600 })
    else sites.push(content)
  }
  const configuration = path.join(folder, 'nginx.conf')
  await writeFile(configuration, surround(folder, sites.join('\n')))
  return startGatewayProcess(findNginx() ?? 'nginx', ['-p', folder, '-c', configuration, '-e', 'stderr'], {
    port,
    cwd: folder,
    cleanUp: () => rm(folder, { recursive: true, force: true }),
  })
}

/** The console's files hold the values already, of one service or of several; only loopback is ours. */
function fromConsole(files: Readonly<Record<string, string>>, port: number): Record<string, string> {
  const bound = Object.entries(files).map(([name, content]): [string, string] => [
    name,
    content.replace(`listen ${port};`, `listen 127.0.0.1:${port};`),
  ])
  return Object.fromEntries(bound)
}

/** The guide's files with its placeholders filled in; with a folder of files, its locations for files in the site. */
async function fromGuide(
  place: GatewayPlace,
  port: number,
  filesFolder: string | undefined,
): Promise<Record<string, string>> {
  const { [site]: whole, ...others } = await readRecipe(
    'nginx.md',
    [...includes, site, ...(filesFolder === undefined ? [] : ([fileLocations, fileMap] as const))],
    [
      ['127.0.0.1:3000', `127.0.0.1:${place.serverPort}`],
      ['127.0.0.1:8080', `127.0.0.1:${place.backendPort}`],
      ['orders.example', place.host],
      ['authz/nginx/orders', `authz/nginx/${place.slug}`],
      ['csg_REPLACE_ME', place.gatewayKey],
      ['listen 80;', `listen 127.0.0.1:${port};`],
      ...(filesFolder === undefined ? [] : ([['/srv/orders', filesFolder]] as const)),
      ...(place.edit ?? []),
    ],
  )
  if (filesFolder === undefined) return { ...others, [site]: whole }
  const { [fileLocations]: locations, [fileMap]: map, ...shared } = others
  const end = whole.lastIndexOf('}')
  return { ...shared, [site]: [map, whole.slice(0, end), locations, whole.slice(end)].join('\n') }
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
