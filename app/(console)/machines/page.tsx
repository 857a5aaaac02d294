import type { Metadata } from 'next'
import { MachineList } from '@/components/machine/machine-list'
import { requireOperator } from '@/lib/server/auth/require-operator'

export const metadata: Metadata = { title: 'Machines' }

export default async function MachinesPage() {
  await requireOperator()
  return <MachineList />
}
