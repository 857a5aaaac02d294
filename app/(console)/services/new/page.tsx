import type { Metadata } from 'next'
import { NewService } from '@/components/service/new-service'
import { requireOperator } from '@/lib/server/auth/require-operator'

export const metadata: Metadata = { title: 'New service' }

export default async function NewServicePage() {
  await requireOperator()
  return <NewService />
}
