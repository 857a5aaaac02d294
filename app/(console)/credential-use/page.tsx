import type { Metadata } from 'next'
import { DecisionList } from '@/components/decision/decision-list'
import { requireOperator } from '@/lib/server/auth/require-operator'

export const metadata: Metadata = { title: 'Credential use' }

export default async function CredentialUsePage() {
  await requireOperator()
  return <DecisionList />
}
