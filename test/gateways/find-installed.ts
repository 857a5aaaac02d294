import { existsSync } from 'node:fs'
import path from 'node:path'

const programs = { envoy: 'envoy/_bin/envoy', traefik: 'bin/traefik' } as const

/** The one that is named (`ENVOY_PATH`), the one that scripts/lib/test-programs.mjs installed, or the one on the path. */
export function findInstalled(program: keyof typeof programs): string {
  const installed = path.resolve(import.meta.dirname, '../../.cache/gateways', programs[program])
  return process.env[`${program.toUpperCase()}_PATH`] ?? (existsSync(installed) ? installed : program)
}
