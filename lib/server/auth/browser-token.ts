import { randomBytes } from 'node:crypto'
import { decode, encode } from 'next-auth/jwt'
import type { MasterKey } from '../keys/master-key'
import { sessionSecret } from './session-token'

/** A browser in which an operator has signed in: wrong tries from it are counted on it alone. It opens nothing. */
export interface KnownBrowser {
  readonly operatorId: string
  /** The password's age then: a new password forgets all browsers. */
  readonly passwordChangedAt: number
  readonly nonce: string
}

export const browserLifetimeSeconds = 180 * 86_400

/** The salt keeps it apart from sessions: neither opens as the other. */
const salt = 'countersign-browser'

export async function makeBrowserToken(
  masterKey: MasterKey,
  operator: { readonly id: string; readonly passwordChangedAt: Date | null },
): Promise<string> {
  const token = {
    operatorId: operator.id,
    passwordChangedAt: operator.passwordChangedAt?.getTime() ?? 0,
    nonce: randomBytes(16).toString('base64url'),
  }
  return encode({ token, secret: sessionSecret(masterKey), salt, maxAge: browserLifetimeSeconds })
}

export async function readBrowserToken(masterKey: MasterKey, token: string): Promise<KnownBrowser | null> {
  if (token.length > 2048) return null
  try {
    const claims = await decode({ token, secret: sessionSecret(masterKey), salt })
    const { operatorId, passwordChangedAt, nonce } = claims ?? {}
    const fits = typeof operatorId === 'string' && typeof passwordChangedAt === 'number' && typeof nonce === 'string'
    return fits ? { operatorId, passwordChangedAt, nonce } : null
  } catch {
    return null
  }
}

/** Whether the browser is known for this operator, and since its present password. */
export function isKnownFor(
  browser: KnownBrowser | null,
  operator: { readonly id: string; readonly passwordChangedAt: Date | null } | null,
): browser is KnownBrowser {
  return (
    browser !== null &&
    operator !== null &&
    browser.operatorId === operator.id &&
    browser.passwordChangedAt === operator.passwordChangedAt?.getTime()
  )
}
