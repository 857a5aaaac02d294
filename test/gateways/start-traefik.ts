import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { freePort } from '../setup/free-port'
import { findInstalled } from './find-installed'
import type { GatewayPlace } from './gateway-kinds'
import { startGatewayProcess, type GatewayProcess } from './gateway-process'
import { formatRequest, sendRaw } from './raw-http'
import { readRecipe } from './read-recipe'

const entryFile = 'traefik.yml'

/** A real Traefik with the guide's two files, without TLS towards clients and on loopback. */
export async function startTraefik(place: GatewayPlace): Promise<GatewayProcess> {
  const { gatewayTls: verifier } = place
  if (verifier === undefined) throw new Error('Traefik proves itself by a certificate, and this place has none.')
  const folder = await mkdtemp(path.join(tmpdir(), 'countersign-traefik-'))
  const dynamic = path.join(folder, 'dynamic')
  await mkdir(dynamic)
  const port = place.port ?? (await freePort())
  const recipe =
    place.files ??
    (await readRecipe(
      'traefik.md',
      [entryFile, 'orders.yml'],
      [
        ['127.0.0.1:8080', `127.0.0.1:${place.backendPort}`],
        ['orders.example', place.host],
        ['https://countersign.example:3443', 'https://127.0.0.1:3443'],
        ['authz/traefik/orders', `authz/traefik/${place.slug}`],
        ...(place.edit ?? []),
      ],
    ))
  for (const [name, content] of Object.entries(recipe)) {
    const here = content
      .replace("':80'", `127.0.0.1:${port}`)
      .replace('/etc/traefik/dynamic', dynamic)
      .replace(/https:\/\/(?:127\.0\.0\.1|localhost):3443/, `https://127.0.0.1:${verifier.port}`)
      .replace('/etc/traefik/countersign/server-ca.pem', verifier.files.serverCertificate)
      .replace('/etc/traefik/countersign/gateway.pem', verifier.files.gatewayCertificate)
      .replace('/etc/traefik/countersign/gateway.key', verifier.files.gatewayKey)
    await writeFile(path.join(name === entryFile ? folder : dynamic, name), here)
  }
  const gateway = await startGatewayProcess(
    findInstalled('traefik'),
    [`--configFile=${path.join(folder, entryFile)}`],
    {
      port,
      cwd: folder,
      environment: { HOME: folder },
      cleanUp: () => rm(folder, { recursive: true, force: true }),
    },
  )
  // It listens before it has read its routes.
  const probe = formatRequest({ target: '/started', host: place.host })
  while ((await sendRaw(port, probe)).status === 404);
  return gateway
}
