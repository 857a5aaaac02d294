import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { freePort } from '../setup/free-port'
import type { GatewayPlace } from './gateway-kinds'
import { startGatewayProcess, type GatewayProcess } from './gateway-process'
import { readEnvironmentFile } from './read-environment-file'
import { readRecipe } from './read-recipe'

const settingsFile = 'haproxy.env'
const script = 'countersign.lua'

/** A real HAProxy with the guide's script and sections, on loopback. */
export async function startHaproxy(place: GatewayPlace): Promise<GatewayProcess> {
  const folder = await mkdtemp(path.join(tmpdir(), 'countersign-haproxy-'))
  const port = place.port ?? (await freePort())
  const recipe =
    place.files ??
    (await readRecipe(
      'haproxy.md',
      [settingsFile, script, 'edge.cfg', 'orders.cfg'],
      [
        ['127.0.0.1:3000', `127.0.0.1:${place.serverPort}`],
        ['127.0.0.1:8080', `127.0.0.1:${place.backendPort}`],
        ['orders.example', place.host],
        ['lua.countersign orders', `lua.countersign ${place.slug}`],
        ['csg_REPLACE_ME', place.gatewayKey],
        ...(place.edit ?? []),
      ],
    ))
  await mkdir(path.join(folder, 'sections'))
  for (const [name, content] of Object.entries(recipe)) {
    if (name === script) await writeFile(path.join(folder, script), content)
    // Names in the abstract space are the machine's: each gateway of a test has its own.
    if (name.endsWith('.cfg')) await writeFile(path.join(folder, 'sections', name), onLoopback(content, folder, port))
  }
  return startGatewayProcess('haproxy', ['-db', '-f', path.join(folder, 'sections')], {
    port,
    cwd: folder,
    environment: readEnvironmentFile(recipe[settingsFile] ?? ''),
    cleanUp: () => rm(folder, { recursive: true, force: true }),
  })
}

function onLoopback(section: string, folder: string, port: number): string {
  return section
    .replaceAll('/etc/haproxy/countersign.lua', path.join(folder, script))
    .replaceAll('abns@countersign-', `abns@${path.basename(folder)}-`)
    .replace('bind :80', `bind 127.0.0.1:${port}`)
}
