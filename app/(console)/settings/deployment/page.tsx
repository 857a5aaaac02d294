import type { Metadata } from 'next'
import { DeploymentFacts } from '@/components/deployment/deployment-facts'
import { requireOperator } from '@/lib/server/auth/require-operator'

export const metadata: Metadata = { title: 'Deployment' }

export default async function DeploymentPage() {
  await requireOperator()
  return <DeploymentFacts />
}
