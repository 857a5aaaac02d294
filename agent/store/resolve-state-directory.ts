import { homedir } from 'node:os'
import { join, resolve } from 'node:path'

/** The state directory: `--state`, else `$COUNTERSIGN_STATE_DIR`, else root's or the user's own place. */
export function resolveStateDirectory(option: string | undefined, env: NodeJS.ProcessEnv): string {
  const chosen = option ?? env['COUNTERSIGN_STATE_DIR']
  if (chosen !== undefined && chosen !== '') return resolve(chosen)
  if (process.getuid?.() === 0) return '/var/lib/countersign'
  return join(homedir(), '.local', 'state', 'countersign')
}

/** The agent's socket: `--socket`, else `$COUNTERSIGN_SOCKET`, else inside the state directory. */
export function resolveSocketPath(
  option: string | undefined,
  env: NodeJS.ProcessEnv,
  stateDirectory: string | undefined,
): string {
  const chosen = option ?? env['COUNTERSIGN_SOCKET']
  if (chosen !== undefined && chosen !== '') return resolve(chosen)
  return join(resolveStateDirectory(stateDirectory, env), 'agent.sock')
}
