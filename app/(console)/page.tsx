import type { Metadata } from 'next'
import { Overview } from '@/components/overview/overview'
import { requireOperator } from '@/lib/server/auth/require-operator'

export const metadata: Metadata = { title: 'Overview' }

export default async function OverviewPage() {
  await requireOperator()
  return <Overview />
}
