'use client'

import { useQuery } from '@tanstack/react-query'
import { HostileText } from '@/components/common/hostile-text'
import { ProblemState } from '@/components/common/problem-state'
import { RoleBadge } from '@/components/operator/operator-badges'
import { Card } from '@/components/ui/card'
import { Facts } from '@/components/ui/facts'
import { Identifier } from '@/components/ui/identifier'
import { Instant } from '@/components/ui/instant'
import { PageHeader } from '@/components/ui/page-header'
import { Skeleton } from '@/components/ui/skeleton'
import { roleTexts } from '@/lib/client/operator-actions'
import { selfQuery } from '@/lib/client/queries/self-queries'
import { ChangePasswordCard } from './change-password-card'
import { RecoveryCodesCard } from './recovery-codes-card'
import { SecondFactorCard } from './second-factor-card'

/** What an operator may see and change of itself, whatever its role. */
export function Account() {
  const query = useQuery(selfQuery())
  const self = query.data
  return (
    <>
      <PageHeader title="Your account" description="What you sign in with." />
      {self === undefined && query.isError && (
        <Card>
          <ProblemState error={query.error} permission="self.read" onRetry={() => void query.refetch()} />
        </Card>
      )}
      {self === undefined && !query.isError && <AccountSkeleton />}
      {self !== undefined && (
        <div className="grid items-start gap-5 xl:grid-cols-2">
          <Card title="You">
            <Facts
              facts={[
                { name: 'Name', value: <HostileText text={self.name} maxLength={128} /> },
                { name: 'E-mail address', value: <HostileText text={self.email} maxLength={254} /> },
                {
                  name: 'Role',
                  value: (
                    <>
                      <RoleBadge role={self.role} />
                      <span className="block text-quiet">{roleTexts[self.role].may}</span>
                    </>
                  ),
                },
                { name: 'Signed in', value: <Instant at={self.session.createdAt} /> },
                {
                  name: 'This session ends',
                  value: (
                    <>
                      <Instant at={self.session.expiresAt} />
                      <span className="text-quiet">, or when it is left alone for two hours</span>
                    </>
                  ),
                },
                { name: 'Operator ID', value: <Identifier value={self.id} what="operator ID" /> },
              ]}
            />
          </Card>
          <ChangePasswordCard />
          <SecondFactorCard hasTotp={self.hasTotp} isNeeded={self.role === 'administrator'} />
          <RecoveryCodesCard hasTotp={self.hasTotp} codesLeft={self.recoveryCodesLeft} />
        </div>
      )}
    </>
  )
}

function AccountSkeleton() {
  return (
    <div aria-busy className="grid items-start gap-5 xl:grid-cols-2">
      {['You', 'Password', 'Second factor', 'Recovery codes'].map((title) => (
        <Card key={title} title={title}>
          <div className="flex flex-col gap-3">
            <Skeleton className="w-64" />
            <Skeleton className="w-48" />
          </div>
        </Card>
      ))}
    </div>
  )
}
