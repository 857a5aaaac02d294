import type { Metadata } from 'next'
import { ApiTokenList } from '@/components/api-token/api-token-list'
import { requireOperator } from '@/lib/server/auth/require-operator'

export const metadata: Metadata = { title: 'API tokens' }

export default async function ApiTokensPage() {
  await requireOperator()
  return <ApiTokenList />
}
