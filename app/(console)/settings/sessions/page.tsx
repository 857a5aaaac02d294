import type { Metadata } from 'next'
import { SessionList } from '@/components/session/session-list'
import { requireOperator } from '@/lib/server/auth/require-operator'

export const metadata: Metadata = { title: 'Sessions' }

export default async function SessionsPage() {
  await requireOperator()
  return <SessionList />
}
