import { Ban, CircleCheck, Hourglass, type LucideIcon } from 'lucide-react'
import type { ReactNode } from 'react'
import { CreatedBy } from '@/components/common/created-by'
import { HostileText } from '@/components/common/hostile-text'
import { RoleBadge } from '@/components/operator/operator-badges'
import type { Column } from '@/components/table/data-table'
import { Badge, type Tone } from '@/components/ui/badge'
import { Identifier } from '@/components/ui/identifier'
import { Instant } from '@/components/ui/instant'
import type { ApiToken } from '@/lib/contract/api-tokens'
import type { ApiTokenState } from '@/lib/domain/api-token/api-token-state'

export const apiTokenStateLooks: Readonly<Record<ApiTokenState, { name: string; tone: Tone; icon: LucideIcon }>> = {
  usable: { name: 'Usable', tone: 'good', icon: CircleCheck },
  expired: { name: 'Expired', tone: 'neutral', icon: Hourglass },
  revoked: { name: 'Revoked', tone: 'neutral', icon: Ban },
}

export function apiTokenColumns(menu: (token: ApiToken) => ReactNode): Column<ApiToken>[] {
  return [
    {
      id: 'name',
      header: 'Name',
      className: 'min-w-40 max-w-64',
      cell: (token) => (
        <span className="flex flex-col items-start py-1 leading-4">
          <HostileText text={token.name} maxLength={64} className="font-medium" />
          <Identifier value={token.id} what="API token ID" hasCopy={false} className="text-quiet" />
        </span>
      ),
    },
    { id: 'role', header: 'Role', cell: ({ role }) => <RoleBadge role={role} /> },
    {
      id: 'state',
      header: 'State',
      cell: ({ state }) => {
        const { name, tone, icon: Icon } = apiTokenStateLooks[state]
        return (
          <Badge tone={tone} icon={<Icon aria-hidden />}>
            {name}
          </Badge>
        )
      },
    },
    {
      id: 'expires',
      header: 'Expires',
      cell: ({ expiresAt, revokedAt }) =>
        revokedAt === null ? (
          <Instant at={expiresAt} />
        ) : (
          <span className="text-quiet">
            revoked <Instant at={revokedAt} />
          </span>
        ),
    },
    { id: 'created', header: 'Created', cell: ({ createdAt }) => <Instant at={createdAt} /> },
    {
      id: 'createdBy',
      header: 'Created by',
      className: 'max-w-56',
      cell: ({ createdBy }) => <CreatedBy text={createdBy} />,
    },
    { id: 'menu', header: 'Actions', isHeaderHidden: true, className: 'w-10 text-right', cell: menu },
  ]
}
