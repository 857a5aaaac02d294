import Link from 'next/link'
import { HostileText } from '@/components/common/hostile-text'
import { buttonClass } from '@/components/ui/button'
import { Facts, type Fact } from '@/components/ui/facts'
import { Identifier } from '@/components/ui/identifier'
import { Instant } from '@/components/ui/instant'
import type { AuditEvent } from '@/lib/contract/audit-events'
import { nameOfAuditAction, nounOfAuditTarget } from '@/lib/client/audit-words'
import { describeAuditDetail } from '@/lib/client/describe-audit-detail'
import { anyIdPattern } from '@/lib/domain/ids'
import { AuditActorText } from './audit-actor'
import { AuditChanges, AuditLines } from './audit-changes'
import { AuditTargetLink } from './audit-target-link'

/** Everything that is on record of an event. */
export function AuditEventFacts({ event }: { readonly event: AuditEvent }) {
  const { actor, target } = event
  const { changes, facts: details } = describeAuditDetail(event)
  const facts: Fact[] = [
    { name: 'Time', value: <Instant at={event.at} show="utc" /> },
    {
      name: 'Who',
      value: (
        <span className="flex flex-col items-start">
          <AuditActorText actor={actor} maxLength={256} />
          {actor.id !== null && <Identifier value={actor.id} what="ID of who did it" />}
        </span>
      ),
    },
    {
      name: 'To what',
      value: (
        <span className="flex flex-col items-start">
          <span>
            <AuditTargetLink target={target} maxLength={256} />
            <span className="text-quiet">, {nounOfAuditTarget(target.type)}</span>
          </span>
          <Identifier value={target.id} what="ID of what it was done to" />
        </span>
      ),
    },
    { name: 'Reason', value: event.reason && <HostileText text={event.reason} maxLength={1024} /> },
    {
      name: 'From',
      value: event.address && <HostileText text={event.address} maxLength={64} className="font-mono text-xs" />,
    },
    ...details.map(({ name, lines }) => ({ name, value: <AuditLines lines={lines} /> })),
    { name: 'Request', value: event.requestId && <Identifier value={event.requestId} what="request ID" isWhole /> },
    { name: 'Event ID', value: <Identifier value={event.id} what="event ID" isWhole /> },
  ]
  return (
    <div className="flex flex-col gap-4 p-4">
      <h2 className="text-base font-semibold">{nameOfAuditAction(event.action)}</h2>
      {changes.length > 0 && <AuditChanges changes={changes} />}
      <Facts facts={facts.filter(({ value }) => value !== null && value !== '')} />
      <div className="flex flex-wrap gap-2 border-t border-line pt-4">
        {anyIdPattern.test(target.id) && (
          <Link href={`/audit-log?target=${target.id}`} className={buttonClass('secondary', 'sm')}>
            Everything done to this {nounOfAuditTarget(target.type)}
          </Link>
        )}
        {actor.id !== null && anyIdPattern.test(actor.id) && (
          <Link href={`/audit-log?actor=${actor.id}`} className={buttonClass('secondary', 'sm')}>
            Everything by the same actor
          </Link>
        )}
      </div>
    </div>
  )
}
