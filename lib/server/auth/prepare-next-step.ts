import type { SignInAnswer } from '@/lib/contract/sign-in'
import type { Transaction } from '../audit/transaction'
import type { OperatorRow } from '../operator/operator-store'
import { prepareTicket } from './prepare-ticket'

/**
 * What comes after the right password: the code of whoever has a second factor, its set-up for administrators who have
 * none, the session for others without one.
 */
export function prepareNextStep(
  operator: Pick<OperatorRow, 'role' | 'hasTotp'>,
  now: Date,
): { readonly answer: SignInAnswer; store(tx: Transaction, operatorId: string): Promise<void> } {
  const next = operator.hasTotp ? 'second_factor' : operator.role === 'administrator' ? 'totp_enrollment' : 'session'
  const { ticket, store } = prepareTicket(next, 'none', now)
  return { answer: { next, ticket }, store }
}
