'use client'

import { useQuery } from '@tanstack/react-query'
import { Plus } from 'lucide-react'
import { useQueryStates } from 'nuqs'
import { useWhyNot } from '@/components/common/viewer'
import { PageHeader } from '@/components/ui/page-header'
import { ReasonedButton } from '@/components/ui/reasoned-button'
import { Tabs } from '@/components/ui/tabs'
import { quarantinedMachinesQuery } from '@/lib/client/queries/machine-queries'
import { enrollmentParams } from '@/lib/client/search-params/enrollment'
import { JoinTokens } from './join-tokens'
import { QuarantinedMachines } from './quarantined-machines'

/** How machines come in, and those that wait to come back. */
export function Enrollment() {
  const [params, setParams] = useQueryStates(enrollmentParams, { history: 'push' })
  const quarantined = useQuery(quarantinedMachinesQuery(null))
  const count = quarantined.data?.items.length ?? 0
  const hasMore = (quarantined.data?.nextCursor ?? null) !== null
  const whyNot = useWhyNot('join_tokens.write')
  const create = (
    <ReasonedButton look="primary" disabledBecause={whyNot} onClick={() => void setParams({ new: true })}>
      <Plus aria-hidden />
      New join token
    </ReasonedButton>
  )
  return (
    <>
      <PageHeader
        title="Enrolment"
        description="How machines come in, and those that wait to come back."
        actions={create}
      />
      <Tabs
        label="Enrolment"
        value={params.tab}
        onValueChange={(tab) => void setParams({ tab, after: null })}
        tabs={[
          { value: 'join-tokens', label: 'Join tokens' },
          {
            value: 'quarantine',
            label: (
              <>
                Quarantine
                {count > 0 && (
                  <span className="ml-1.5 rounded-sm bg-bad-soft px-1.5 text-xs text-bad tabular">
                    {count}
                    {hasMore && '+'}
                  </span>
                )}
              </>
            ),
          },
        ]}
      >
        {params.tab === 'join-tokens' ? (
          <JoinTokens
            after={params.after}
            isNew={params.new && whyNot === undefined}
            create={create}
            onPage={(after) => void setParams({ after })}
            onNewClosed={() => void setParams({ new: null })}
          />
        ) : (
          <QuarantinedMachines after={params.after} onPage={(after) => void setParams({ after })} />
        )}
      </Tabs>
    </>
  )
}
