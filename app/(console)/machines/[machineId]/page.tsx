import type { Metadata } from 'next'
import { MachineDetail } from '@/components/machine/machine-detail'
import { requireOperator } from '@/lib/server/auth/require-operator'

export const metadata: Metadata = { title: 'Machine' }

export default async function MachinePage({ params }: { params: Promise<{ machineId: string }> }) {
  await requireOperator()
  const { machineId } = await params
  return <MachineDetail key={machineId} machineId={machineId} />
}
