import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { freePort } from '../setup/free-port'
import type { GatewayPlace } from './gateway-kinds'
import { startGatewayProcess, type GatewayProcess } from './gateway-process'
import { readRecipe } from './read-recipe'

const program = path.resolve(import.meta.dirname, '../../dist/countersign.mjs')

/** `countersign gate` as built, with the guide's command line. */
export async function startGate(place: GatewayPlace): Promise<GatewayProcess> {
  const folder = await mkdtemp(path.join(tmpdir(), 'countersign-gate-'))
  const port = place.port ?? (await freePort())
  const keyFile = path.join(folder, 'gateway.key')
  await writeFile(keyFile, place.files?.['gateway.key'] ?? `${place.gatewayKey}\n`, { mode: 0o600 })
  const recipe = place.files
    ? fromConsole(place.files, keyFile, port)
    : await readRecipe(
        'gate.md',
        ['gate.sh'],
        [
          ['https://countersign.example', `http://127.0.0.1:${place.serverPort}`],
          ['http://127.0.0.1:8080', `http://127.0.0.1:${place.backendPort}`],
          ['127.0.0.1:8000', `127.0.0.1:${port}`],
          ['/etc/countersign/gateway.key', keyFile],
          ['--service orders', `--service ${place.slug}`],
          ...(place.edit ?? []),
        ],
      )
  const line = recipe['gate.sh'].replaceAll('\\\n', ' ').trim()
  const [name, ...args] = line.split(/\s+/)
  if (name !== 'countersign') throw new Error(`The guide runs ${name}.`)
  return startGatewayProcess(process.execPath, [program, ...args], {
    port,
    cwd: folder,
    environment: { HOME: folder },
    cleanUp: () => rm(folder, { recursive: true, force: true }),
  })
}

function fromConsole(files: Readonly<Record<string, string>>, keyFile: string, port: number): { 'gate.sh': string } {
  const command = (files['gate.sh'] ?? '').replace('127.0.0.1:8000', `127.0.0.1:${port}`)
  return { 'gate.sh': command.replace('/etc/countersign/gateway.key', keyFile) }
}
