import type { Can } from '../refusal'

export const apiTokenStates = ['usable', 'expired', 'revoked'] as const

export type ApiTokenState = (typeof apiTokenStates)[number]

/** Whether an API token can be revoked. An expired one can: then it stays closed whatever its expiry says. */
export function apiTokenCanBeRevoked({ state }: { readonly state: ApiTokenState }): Can {
  return state === 'revoked' ? { can: false, why: 'It is revoked already.' } : { can: true }
}
