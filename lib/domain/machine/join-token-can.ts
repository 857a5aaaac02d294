import type { Can } from '../refusal'

export const joinTokenRevokedAlready = 'It is revoked already.'

/** Whether a join token can be revoked: also one that is used up or has expired, which changes nothing any more. */
export function canRevokeJoinToken({ state }: { readonly state: string }): Can {
  return state === 'revoked' ? { can: false, why: joinTokenRevokedAlready } : { can: true }
}
