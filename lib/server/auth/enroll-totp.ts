import { formatId } from '@/lib/domain/ids'
import { refuse, type Refusal } from '@/lib/domain/refusal'
import { insertAuditEvent } from '../audit/audit-store'
import type { Transaction } from '../audit/transaction'
import type { Dependencies } from '../dependencies'
import type { OperatorRow } from '../operator/operator-store'
import { replaceRecoveryCodes } from '../operator/recovery-code-store'
import { confirmTotpSecret, openPendingTotpSecret } from '../operator/totp-store'
import type { originOf } from './call-context'
import { matchTotpStep } from './match-totp-step'

/** A QR code that nobody scanned in the meantime is shown anew. */
const pendingLifetimeMs = 60 * 60_000

/** Makes the second factor that was begun the operator's own, once its first code matches; with fresh recovery codes. */
export async function enrollTotp(
  deps: Dependencies,
  tx: Transaction,
  enrollment: {
    readonly operator: OperatorRow
    readonly code: string
    readonly recoveryCodeHashes: readonly Buffer[]
    readonly origin: ReturnType<typeof originOf>
    readonly at: Date
  },
): Promise<{ readonly outcome: 'enrolled' } | Refusal<'conflict' | 'sign_in_refused'>> {
  const { operator, code, recoveryCodeHashes, origin, at } = enrollment
  const notBefore = new Date(at.getTime() - pendingLifetimeMs)
  const secret = await openPendingTotpSecret(tx, deps.masterKey, operator.id, notBefore)
  if (secret === null) return refuse('conflict', 'No set-up of a second factor waits for a code. Begin again.')
  const step = matchTotpStep(secret, code, at)
  if (step === null) {
    const message = 'is not the code that the app shows now'
    const detail = 'The code does not match. Check that the clock of the phone is set automatically.'
    return refuse('sign_in_refused', detail, [{ path: 'body.code', message }])
  }
  await confirmTotpSecret(tx, deps.masterKey, { operatorId: operator.id, secret, step, at })
  await replaceRecoveryCodes(tx, operator.id, recoveryCodeHashes, at)
  await insertAuditEvent(tx, {
    action: 'operator.enroll_totp',
    ...origin,
    target: { id: formatId('op', operator.id), name: operator.email },
    detail: { replaced: operator.hasTotp },
    at,
  })
  return { outcome: 'enrolled' }
}
