import { displayText } from '@/lib/domain/display-text'
import type { AdminApi } from './admin-api'
import { AdminError, exitCodes } from './admin-error'

/** The id of a machine that was named by its id, or by a name that exactly one machine has. */
export async function findMachineId(api: AdminApi, reference: string): Promise<string> {
  if (/^mach_[0-9a-z]{26}$/.test(reference)) return reference
  const { items, nextCursor } = await api.call('listMachines', { query: { name: reference, limit: '20' } })
  const [only] = items
  const shown = displayText(reference)
  if (only === undefined) {
    throw new AdminError(exitCodes.refused, `No machine is called ${shown}. Look at: machine list --name-prefix …`)
  }
  if (items.length === 1) return only.id
  const ids = items.map((item) => `  ${item.id}  ${item.state}, enrolled ${item.enrolledAt}`).join('\n')
  throw new AdminError(
    exitCodes.refused,
    `${nextCursor === null ? items.length : 'More than 20'} machines are called ${shown}. Names are not unique; take the id:\n${ids}`,
  )
}
