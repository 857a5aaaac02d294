/**
 * The program on the machine: it makes and keeps the machine's keys, and makes a credential for each request.
 *
 * One file is both the command `countersign` and the library that asks a running agent.
 */
import { realpathSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { main } from './cli/main'

export { AgentError as CountersignError } from './agent-error'
export { countersignFetch } from './library/countersign-fetch'
export {
  createCountersignClient,
  type CountersignClient,
  type CountersignClientOptions,
  type CountersignRequestInit,
} from './library/create-countersign-client'
export type { FetchBody } from './library/read-fetch-input'

if (isMainModule()) await main()

/** Also when it was started through a symbolic link, as npm makes one for a command. */
function isMainModule(): boolean {
  const started = process.argv[1]
  if (started === undefined) return false
  try {
    return realpathSync(started) === realpathSync(fileURLToPath(import.meta.url))
  } catch {
    return false
  }
}
