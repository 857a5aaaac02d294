import { rm } from 'node:fs/promises'
import path from 'node:path'
import { writePrivateFile } from '@/lib/platform/write-private-file'
import { runChange } from '../audit/run-change'
import type { Dependencies } from '../dependencies'
import { deleteSetUpLinks } from './link-store'
import { countAdministrators } from './operator-store'
import { prepareOperatorLink } from './prepare-operator-link'

/** Where the link lies for whoever starts the server without seeing what it prints. */
const fileName = 'set-up-link'

/**
 * While nobody administers this deployment: a fresh link by which somebody will, also in a private file of the data
 * directory. Earlier ones stop working. With an administrator there is none: null.
 */
export async function issueSetUpLink(
  deps: Dependencies,
  publicUrl: string,
): Promise<{ readonly url: string; readonly file: string } | null> {
  const file = path.join(deps.settings.dataDirectory, fileName)
  const createdAt = deps.now()
  const link = prepareOperatorLink({ kind: 'set_up', publicUrl, createdAt, createdBy: 'Countersign' })
  const isOpen = await runChange(deps, [], async (tx) => {
    const isUnset = (await countAdministrators(tx)) === 0
    if (isUnset) await link.store(tx, null)
    else await deleteSetUpLinks(tx)
    return isUnset
  })
  if (!isOpen) {
    await removeSetUpFile(deps)
    return null
  }
  await writePrivateFile(file, `${link.shown.url}\n`)
  return { url: link.shown.url, file }
}

/** Once the link was used. The file is no longer of use then, so that a failure to remove it is none of the caller's. */
export async function removeSetUpFile({ settings }: Pick<Dependencies, 'settings'>): Promise<void> {
  await rm(path.join(settings.dataDirectory, fileName), { force: true }).catch(() => undefined)
}
