import type { Metadata } from 'next'
import { AuditList } from '@/components/audit/audit-list'
import { requireOperator } from '@/lib/server/auth/require-operator'

export const metadata: Metadata = { title: 'Audit log' }

export default async function AuditLogPage() {
  await requireOperator()
  return <AuditList />
}
