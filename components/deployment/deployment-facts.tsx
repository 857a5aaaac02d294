'use client'

import { useQuery } from '@tanstack/react-query'
import { ProblemState } from '@/components/common/problem-state'
import { Card } from '@/components/ui/card'
import { Facts, type Fact } from '@/components/ui/facts'
import { Identifier } from '@/components/ui/identifier'
import { PageHeader } from '@/components/ui/page-header'
import { Skeleton } from '@/components/ui/skeleton'
import { deploymentQuery } from '@/lib/client/queries/deployment-queries'
import type { Deployment } from '@/lib/contract/deployment'

const databaseNames: Readonly<Record<Deployment['database'], string>> = {
  embedded: 'Embedded, in the data directory of this one node',
  postgresql: 'PostgreSQL',
}

/** What machines and the people who set them up need to know. Nothing in it is secret; all of it is set at the start. */
export function DeploymentFacts() {
  const query = useQuery(deploymentQuery())
  const deployment = query.data
  return (
    <>
      <PageHeader
        title="Deployment"
        description="What machines and those who set them up need to know. It is set where the server starts."
      />
      <Card title="Identity">
        {deployment !== undefined ? (
          <Facts facts={factsOf(deployment)} />
        ) : query.isError ? (
          <ProblemState error={query.error} permission="deployment.read" onRetry={() => void query.refetch()} />
        ) : (
          <div aria-busy className="flex flex-col gap-3">
            {['w-72', 'w-56', 'w-64', 'w-40', 'w-80'].map((width) => (
              <Skeleton key={width} className={width} />
            ))}
          </div>
        )}
      </Card>
    </>
  )
}

function factsOf({ id, trustDomain, publicUrl, database, agent, assertionKey }: Deployment): Fact[] {
  return [
    { name: 'Public URL', value: <Identifier value={publicUrl} what="public URL" isWhole /> },
    { name: 'Trust domain', value: <Identifier value={trustDomain} what="trust domain" isWhole /> },
    {
      name: 'Server key',
      value: (
        <>
          <Identifier value={assertionKey.fingerprint} what="fingerprint of the server key" isWhole />
          <span className="block text-quiet">
            Machines that enrol with <code className="text-xs">--server-key</code> trust this key and no other.
          </span>
        </>
      ),
    },
    {
      name: 'Agent',
      value:
        agent === null ? (
          <span className="text-quiet">Not built, so this server hands out none</span>
        ) : (
          <Identifier value={agent.url} what="address of the agent" isWhole />
        ),
    },
    ...(agent === null
      ? []
      : [{ name: 'Agent’s SHA-256', value: <Identifier value={agent.sha256} what="SHA-256 of the agent" isWhole /> }]),
    { name: 'Database', value: databaseNames[database] },
    { name: 'Deployment ID', value: <Identifier value={id} what="deployment ID" isWhole /> },
  ]
}
