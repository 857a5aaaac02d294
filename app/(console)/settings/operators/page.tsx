import type { Metadata } from 'next'
import { OperatorList } from '@/components/operator/operator-list'
import { requireOperator } from '@/lib/server/auth/require-operator'

export const metadata: Metadata = { title: 'Operators' }

export default async function OperatorsPage() {
  await requireOperator()
  return <OperatorList />
}
