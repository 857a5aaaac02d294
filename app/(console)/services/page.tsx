import type { Metadata } from 'next'
import { ServiceList } from '@/components/service/service-list'
import { requireOperator } from '@/lib/server/auth/require-operator'

export const metadata: Metadata = { title: 'Services' }

export default async function ServicesPage() {
  await requireOperator()
  return <ServiceList />
}
