import Link from 'next/link'
import { HostileText } from '@/components/common/hostile-text'
import { LabelList } from '@/components/common/label-list'
import { Card } from '@/components/ui/card'
import { Facts } from '@/components/ui/facts'
import { formatDuration } from '@/components/ui/format-time'
import { Identifier } from '@/components/ui/identifier'
import { Instant } from '@/components/ui/instant'
import type { MachineDetail } from '@/lib/contract/machines'
import { MachineStateBadge } from './machine-state-badge'

/** What this deployment knows of a machine, none of it in the machine's own words. */
export function MachineIdentity({ machine }: { readonly machine: MachineDetail }) {
  return (
    <Card title="Identity">
      <Facts
        facts={[
          {
            name: 'State',
            value: (
              <span className="flex flex-wrap items-center gap-2">
                <MachineStateBadge state={machine.state} />
                <span className="text-quiet">
                  since <Instant at={machine.stateChangedAt} />
                </span>
              </span>
            ),
          },
          { name: 'Labels', value: <LabelList labels={machine.labels} /> },
          { name: 'SPIFFE ID', value: <Identifier value={machine.spiffeId} what="SPIFFE ID" isWhole /> },
          {
            name: 'Generation',
            value: (
              <span className="tabular">
                {machine.generation}{' '}
                <span className="text-quiet">
                  since <Instant at={machine.generationStartedAt} />
                </span>
              </span>
            ),
          },
          { name: 'Signs with', value: <code className="text-xs">{machine.requestAlgorithm}</code> },
          {
            name: 'Expires',
            value: (
              <>
                <Instant at={machine.expiresAt} /> {/* One that was revoked renews no more. */}
                {machine.state !== 'revoked' && (
                  <span className="text-quiet">
                    unless it renews; each renewal is good for {formatDuration(machine.lifetimeSeconds * 1_000)}
                  </span>
                )}
              </>
            ),
          },
          {
            name: 'Enrolled',
            value: (
              <>
                <Instant at={machine.enrolledAt} />
                {machine.enrolledFrom !== null && (
                  <span className="text-quiet">
                    {' '}
                    from <HostileText text={machine.enrolledFrom} maxLength={64} className="font-mono text-xs" />
                  </span>
                )}
              </>
            ),
          },
          {
            name: 'Join token',
            value:
              machine.joinTokenId === null ? (
                <span className="text-quiet">None</span>
              ) : (
                <span className="flex flex-wrap items-center gap-x-3">
                  <Identifier value={machine.joinTokenId} what="join token ID" />
                  <Link href="/enrollment" className="rounded-sm text-accent hover:underline">
                    Enrolment
                  </Link>
                </span>
              ),
          },
        ]}
      />
    </Card>
  )
}
