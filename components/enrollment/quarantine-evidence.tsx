'use client'

import { useQuery } from '@tanstack/react-query'
import Link from 'next/link'
import { Fragment } from 'react'
import { HostileText } from '@/components/common/hostile-text'
import { Instant } from '@/components/ui/instant'
import { Skeleton } from '@/components/ui/skeleton'
import { readForkEvidence, type ForkSideShown } from '@/lib/client/fork-evidence'
import { auditEventListQuery } from '@/lib/client/queries/audit-event-queries'
import type { Machine } from '@/lib/contract/machines'
import { forkKinds } from '@/lib/domain/machine/fork-kind'

/** What was seen of a copy: both sides as the audit log has them, else the reason that the machine keeps. */
export function QuarantineEvidence({ machine }: { readonly machine: Machine }) {
  const query = useQuery(auditEventListQuery({ target: machine.id, action: 'machine.quarantine', limit: '1' }))
  const event = query.data?.items[0]
  const evidence = event === undefined ? null : readForkEvidence(event.detail)
  if (query.isPending) return <Skeleton className="w-96 max-w-full" />
  if (evidence === null) {
    return machine.stateReason === null ? (
      <p className="text-quiet">Why is not on record.</p>
    ) : (
      <p>
        <HostileText text={machine.stateReason} maxLength={1000} />
      </p>
    )
  }
  return (
    <div className="flex flex-col gap-2">
      <p className="font-medium">
        {forkKinds[evidence.kind]} <span className="font-normal text-quiet">in generation {evidence.generation}</span>
      </p>
      <div className="grid gap-2 sm:grid-cols-2">
        {evidence.sides.map((side, index) => (
          <Side key={index} name={index === 0 ? 'What was there first' : 'What contradicts it'} side={side} />
        ))}
      </div>
    </div>
  )
}

function Side({ name, side }: { readonly name: string; readonly side: ForkSideShown }) {
  return (
    <section aria-label={name} className="flex min-w-0 flex-col gap-1 rounded-md border border-line bg-sunken p-3">
      <h3 className="text-xs text-quiet">{name}</h3>
      <p className="wrap-anywhere">
        <Decisions text={side.detail} />
      </p>
      <p className="text-xs text-quiet">
        {side.address === null ? (
          'From an address that is not on record'
        ) : (
          <>
            From <HostileText text={side.address} maxLength={64} className="font-mono" />
          </>
        )}
        {side.at !== null && (
          <>
            , <Instant at={side.at} />
          </>
        )}
      </p>
    </section>
  )
}

const decisionId = /(dec_[0-7][0-9a-hjkmnp-tv-z]{25})/

/** The ids of decisions in a text as links to them. */
function Decisions({ text }: { readonly text: string }) {
  return text.split(decisionId).map((part, index) =>
    index % 2 === 1 ? (
      <Link
        key={index}
        href={`/credential-use?decision=${part}`}
        className="rounded-sm font-mono text-xs text-accent hover:underline"
      >
        {part}
      </Link>
    ) : (
      <Fragment key={index}>
        <HostileText text={part} maxLength={500} />
      </Fragment>
    ),
  )
}
