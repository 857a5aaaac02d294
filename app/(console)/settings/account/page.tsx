import type { Metadata } from 'next'
import { Account } from '@/components/account/account'
import { requireOperator } from '@/lib/server/auth/require-operator'

export const metadata: Metadata = { title: 'Your account' }

export default async function AccountPage() {
  await requireOperator()
  return <Account />
}
