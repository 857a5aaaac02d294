import { CreatedBy } from '@/components/common/created-by'
import { HostileText } from '@/components/common/hostile-text'
import { LabelList } from '@/components/common/label-list'
import type { Column } from '@/components/table/data-table'
import { Identifier } from '@/components/ui/identifier'
import { Instant } from '@/components/ui/instant'
import type { JoinToken } from '@/lib/contract/join-tokens'
import { JoinTokenRowMenu } from './join-token-row-menu'
import { JoinTokenStateBadge } from './join-token-state-badge'

export function joinTokenColumns({ onRevoke }: { readonly onRevoke: (token: JoinToken) => void }): Column<JoinToken>[] {
  return [
    {
      id: 'name',
      header: 'Join token',
      className: 'min-w-40 max-w-60',
      cell: (token) => (
        <span className="flex flex-col items-start leading-4">
          <span className="max-w-full font-medium">
            <HostileText text={token.name} maxLength={64} isOneLine />
          </span>
          <Identifier value={token.id} what="join token ID" hasCopy={false} className="text-quiet" />
        </span>
      ),
    },
    { id: 'state', header: 'State', cell: (token) => <JoinTokenStateBadge state={token.state} /> },
    {
      id: 'labels',
      header: 'Labels',
      className: 'max-w-64',
      cell: (token) => <LabelList labels={token.labels} max={2} isCompact />,
    },
    {
      id: 'uses',
      header: 'Uses',
      className: 'text-right',
      cell: ({ usesTaken, usesAllowed }) => (
        <span className="whitespace-nowrap tabular">
          {usesTaken.toLocaleString('en')} <span className="text-quiet">of {usesAllowed.toLocaleString('en')}</span>
        </span>
      ),
    },
    { id: 'expiresAt', header: 'Expires', cell: (token) => <Instant at={token.expiresAt} /> },
    {
      id: 'createdBy',
      header: 'Made by',
      className: 'max-w-52',
      cell: (token) => (
        <span className="flex flex-col leading-4">
          <CreatedBy text={token.createdBy} />
          <Instant at={token.createdAt} className="text-xs text-quiet" />
        </span>
      ),
    },
    {
      id: 'menu',
      header: 'Actions',
      isHeaderHidden: true,
      className: 'w-10 text-right',
      cell: (token) => <JoinTokenRowMenu token={token} onRevoke={() => onRevoke(token)} />,
    },
  ]
}
