import { CircleCheck, CircleSlash, Hourglass, type LucideIcon } from 'lucide-react'
import type { ReactNode } from 'react'
import { HostileText } from '@/components/common/hostile-text'
import type { Column } from '@/components/table/data-table'
import { Badge, type Tone } from '@/components/ui/badge'
import { Instant } from '@/components/ui/instant'
import { Tooltip } from '@/components/ui/tooltip'
import type { Session } from '@/lib/contract/sessions'
import { nameUserAgent } from '@/lib/client/name-user-agent'
import type { SessionEndReason, SessionSecondFactor, SessionState } from '@/lib/domain/operator/operator-session'

export const sessionStateLooks: Readonly<Record<SessionState, { name: string; tone: Tone; icon: LucideIcon }>> = {
  live: { name: 'Live', tone: 'good', icon: CircleCheck },
  expired: { name: 'Expired', tone: 'neutral', icon: Hourglass },
  ended: { name: 'Ended', tone: 'neutral', icon: CircleSlash },
}

const endReasonNames: Readonly<Record<SessionEndReason, string>> = {
  signed_out: 'signed out',
  ended: 'ended in the console',
  replaced: 'signed in anew',
  credentials_changed: 'credentials changed',
  role_changed: 'role changed',
  reset: 'reset link made',
}

const secondFactorNames: Readonly<Record<SessionSecondFactor, string>> = {
  none: 'Password alone',
  totp: 'Password and code',
  recovery_code: 'Password and recovery code',
}

export interface SessionColumnsInput {
  /** Only an administrator sees sessions of others. */
  readonly hasOperator: boolean
  readonly menu: (session: Session) => ReactNode
}

export function sessionColumns({ hasOperator, menu }: SessionColumnsInput): Column<Session>[] {
  return [
    ...(hasOperator
      ? [
          {
            id: 'operator',
            header: 'Operator',
            className: 'min-w-40 max-w-64',
            cell: ({ operator, isCurrent }: Session) => (
              <span className="flex flex-col items-start py-1 leading-4">
                <span className="flex flex-wrap items-center gap-x-2 font-medium">
                  <HostileText text={operator.name} maxLength={64} />
                  {isCurrent && <Badge tone="accent">This session</Badge>}
                </span>
                <HostileText text={operator.email} maxLength={80} className="text-xs text-quiet" />
              </span>
            ),
          },
        ]
      : []),
    {
      id: 'browser',
      header: 'Browser',
      className: 'min-w-40 max-w-64',
      cell: ({ userAgent, isCurrent }) => (
        <span className="flex flex-wrap items-center gap-x-2">
          <UserAgent userAgent={userAgent} />
          {isCurrent && !hasOperator && <Badge tone="accent">This session</Badge>}
        </span>
      ),
    },
    {
      id: 'address',
      header: 'From',
      className: 'whitespace-nowrap',
      cell: ({ address }) =>
        address === null ? (
          <span className="text-faint">–</span>
        ) : (
          <HostileText text={address} maxLength={45} className="font-mono text-xs" />
        ),
    },
    { id: 'since', header: 'Since', cell: ({ createdAt }) => <Instant at={createdAt} /> },
    { id: 'lastSeen', header: 'Last seen', cell: ({ lastSeenAt }) => <Instant at={lastSeenAt} /> },
    {
      id: 'factor',
      header: 'Signed in with',
      className: 'whitespace-nowrap',
      cell: ({ secondFactor }) => secondFactorNames[secondFactor],
    },
    { id: 'state', header: 'State', className: 'whitespace-nowrap', cell: (session) => <State session={session} /> },
    { id: 'menu', header: 'Actions', isHeaderHidden: true, className: 'w-10 text-right', cell: menu },
  ]
}

function State({ session }: { readonly session: Session }) {
  const { name, tone, icon: Icon } = sessionStateLooks[session.state]
  return (
    <span className="flex items-center gap-2">
      <Badge tone={tone} icon={<Icon aria-hidden />}>
        {name}
      </Badge>
      {session.endedAt !== null && (
        <span className="text-xs text-quiet">
          <Instant at={session.endedAt} />
          {session.endReason !== null && <>, {endReasonNames[session.endReason]}</>}
        </span>
      )}
    </span>
  )
}

/** As the browser named itself: in short where that is a known name, and whole for whoever asks. */
function UserAgent({ userAgent }: { readonly userAgent: string | null }) {
  if (userAgent === null) return <span className="text-quiet">Not told</span>
  const name = nameUserAgent(userAgent)
  if (name === null) return <HostileText text={userAgent} maxLength={48} />
  return (
    <Tooltip content={<HostileText text={userAgent} maxLength={256} />}>
      <span tabIndex={0} className="rounded-sm">
        {name}
      </span>
    </Tooltip>
  )
}
