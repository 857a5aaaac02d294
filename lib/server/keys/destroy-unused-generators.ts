import { insertAuditEvent } from '../audit/audit-store'
import type { Dependencies } from '../dependencies'
import { destroyGeneratorKeys } from './deployment-key-store'
import { systemActor } from './system-actor'

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
  const createdBefore = new Date(instant.getTime() - minimumAgeMs)
  const kids = await prisma.$transaction(async (tx) => {
    const destroyed = await destroyGeneratorKeys(tx, instant, createdBefore)
    for (const kid of destroyed) {
      const target = { id: kid, name: 'generator' }
      await insertAuditEvent(tx, { action: 'deployment_key.destroy', actor: systemActor, target, at: instant })
    }
    return destroyed
  })
  // Always: what another node has destroyed leaves this node's memory here.
  await keys.refresh()
  if (kids.length === 0) return kids
  notices.publish('keys')
  log.info({ generators: kids }, 'destroyed generator keys that nothing is bound to any more')
  return kids
}
