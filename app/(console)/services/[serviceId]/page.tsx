import type { Metadata } from 'next'
import { ServiceDetail } from '@/components/service/service-detail'
import { requireOperator } from '@/lib/server/auth/require-operator'

export const metadata: Metadata = { title: 'Service' }

export default async function ServicePage({ params }: { params: Promise<{ serviceId: string }> }) {
  await requireOperator()
  const { serviceId } = await params
  return <ServiceDetail key={serviceId} serviceId={serviceId} />
}
