import type { CredentialPlan } from '../load/load-messages'

/** The profile of the gateway that asks. */
export type BenchProfile = 'library' | 'gate' | 'nginx'

/** Calls the management API. Throws unless it answers 2xx. */
export type CallApi = <T>(method: string, apiPath: string, body?: object) => Promise<T>

export interface PreparedLoad {
  readonly gatewayId: string
  readonly plan: Omit<CredentialPlan, 'serverUrl'> & { readonly gatewayKey: string }
}

/** Enough that batches hold several, as they would behind a gateway. */
const machines = 16

const service = 'orders'
const authority = 'orders.example'

/** A service, a gateway of the profile with its key, and a join token for the machines that call. */
export async function prepareLoad(api: CallApi, profile: BenchProfile): Promise<PreparedLoad> {
  await api('POST', '/services', { slug: service, authorities: [{ authority }] })
  const gateway = await api<{ id: string }>('POST', '/gateways', { name: 'bench', profile, services: [service] })
  const { key } = await api<{ key: string }>('POST', `/gateways/${gateway.id}/keys`, {})
  const { token } = await api<{ token: string }>('POST', '/join-tokens', { name: 'bench', usesAllowed: machines })
  return { gatewayId: gateway.id, plan: { service, authority, gatewayKey: key, joinToken: token, machines } }
}
