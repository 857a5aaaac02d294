import type { Metadata } from 'next'
import { Enrollment } from '@/components/enrollment/enrollment'
import { requireOperator } from '@/lib/server/auth/require-operator'

export const metadata: Metadata = { title: 'Enrolment' }

export default async function EnrollmentPage() {
  await requireOperator()
  return <Enrollment />
}
