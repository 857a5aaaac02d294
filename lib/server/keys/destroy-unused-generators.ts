import type { Dependencies } from '../dependencies'
import { destroyGeneratorKeys } from './deployment-key-store'

/** Longer than an enrolment may still name a generator after it was offered (25 h), so that none is bound to a dead one. */
const minimumAgeMs = 26 * 60 * 60 * 1000

/**
 * Destroys the private half of every retired generator whose last generation has expired (protocol.md, section 2).
 * Maintenance: call it now and then, on any node, any number of times.
 *
 * @returns the ids of the generators that were destroyed by this call
 */
export async function destroyUnusedGenerators(
  dependencies: Pick<Dependencies, 'prisma' | 'keys' | 'notices' | 'log' | 'now'>,
): Promise<string[]> {
  const { prisma, keys, notices, log, now } = dependencies
  const instant = now()
  const kids = await destroyGeneratorKeys(prisma, instant, new Date(instant.getTime() - minimumAgeMs))
  if (kids.length === 0) return kids
  await keys.refresh()
  notices.publish('keys')
  log.info({ generators: kids }, 'destroyed generator keys that nothing is bound to any more')
  return kids
}
