import type { Deployment } from '@/lib/contract/deployment'
import { done, type Outcome } from '@/lib/domain/refusal'
import type { Dependencies } from '../dependencies'
import { findRestoredAt } from '../keys/restore-store'

/** What machines and the people who set them up need to know of this deployment. Nothing in it is secret. */
export async function getDeployment(deps: Dependencies): Promise<Outcome<Deployment>> {
  const { kid } = deps.keys.assertion()
  return done({
    id: deps.deployment.id,
    trustDomain: deps.deployment.trustDomain,
    publicUrl: deps.settings.publicUrl,
    database: deps.database.kind,
    agent: deps.agentFile && { url: `${deps.settings.publicUrl}/agent.mjs`, sha256: deps.agentFile.sha256 },
    restoredAt: (await findRestoredAt(deps.prisma))?.toISOString() ?? null,
    // The key's id is its RFC 7638 thumbprint (protocol.md, section 2).
    assertionKey: { kid, fingerprint: `sha256:${kid}` },
  })
}
