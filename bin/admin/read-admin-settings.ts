import path from 'node:path'
import { projectRoot } from '@/lib/server/project-root'
import { readSettings, type Settings } from '@/lib/server/settings'
import { usageError } from './admin-error'

/** The settings as the server has them; `npm run up` keeps its data beside package.json, wherever this command is typed. */
export function readAdminSettings(environment: Readonly<Record<string, string | undefined>>): Settings {
  const dataDirectory = environment.COUNTERSIGN_DATA_DIR ?? path.join(projectRoot(), '.countersign')
  const read = readSettings({ ...environment, COUNTERSIGN_DATA_DIR: dataDirectory })
  if (read.outcome === 'refused')
    throw usageError(`The settings do not fit:\n${read.errors.map((error) => `  ${error}`).join('\n')}`)
  return read.settings
}
