import type { OperatorLink } from '@/lib/contract/operators'
import { createSecretToken } from '../auth/secret-token'
import type { Transaction } from '../audit/transaction'
import { newUuid } from '../new-uuid'
import { replaceLink, type OperatorLinkKind } from './link-store'

const linkLifetimeMs = 24 * 3600_000

const pagePaths: Readonly<Record<OperatorLinkKind, string>> = {
  set_up: '/set-up',
  invitation: '/invitation',
  reset: '/reset',
}

/** A link that was made and not stored yet: random work is done before the transaction, which may run twice. */
export interface PreparedLink {
  readonly shown: OperatorLink
  /** Stores it in place of earlier ones. */
  store(tx: Transaction, operatorId: string | null): Promise<void>
}

/** Makes a link that works once and for 24 hours. Its token is in `shown.url` alone. */
export function prepareOperatorLink(options: {
  readonly kind: OperatorLinkKind
  readonly publicUrl: string
  readonly createdAt: Date
  readonly createdBy: string
}): PreparedLink {
  const { kind, publicUrl, createdAt, createdBy } = options
  const { token, hash } = createSecretToken('csu_')
  const id = newUuid()
  const expiresAt = new Date(createdAt.getTime() + linkLifetimeMs)
  return {
    shown: { url: `${publicUrl}${pagePaths[kind]}/${token}`, expiresAt: expiresAt.toISOString() },
    store: (tx, operatorId) => replaceLink(tx, { id, kind, operatorId, hash, createdAt, createdBy, expiresAt }),
  }
}
