import type { CredentialPlan } from '../load/load-messages'
import type { RunningCountersign } from './start-countersign'

/** Enough that batches hold several, as they would behind a gateway. */
const machines = 16

const service = 'orders'
const authority = 'orders.example'

/** A service, a gateway of the profile with its key, and a join token for the machines that call. */
export async function prepareLoad(
  countersign: RunningCountersign,
  profile: 'library' | 'gate' | 'nginx',
): Promise<CredentialPlan> {
  await countersign.api('POST', '/services', { slug: service, authorities: [{ authority }] })
  const gateway = await countersign.api<{ id: string }>('POST', '/gateways', {
    name: 'bench',
    profile,
    services: [service],
  })
  const { key } = await countersign.api<{ key: string }>('POST', `/gateways/${gateway.id}/keys`, {})
  const { token } = await countersign.api<{ token: string }>('POST', '/join-tokens', {
    name: 'bench',
    usesAllowed: machines,
  })
  return { serverUrl: countersign.process.url, service, authority, gatewayKey: key, joinToken: token, machines }
}
