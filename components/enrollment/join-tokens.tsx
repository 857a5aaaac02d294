'use client'

import { useQuery } from '@tanstack/react-query'
import { useState, type ReactNode } from 'react'
import { ProblemState } from '@/components/common/problem-state'
import { DataTable } from '@/components/table/data-table'
import { Button } from '@/components/ui/button'
import { Card } from '@/components/ui/card'
import { Pager } from '@/components/ui/pager'
import { EmptyState } from '@/components/ui/state-panel'
import type { ApiResult } from '@/lib/client/call-api'
import { joinTokenListQuery } from '@/lib/client/queries/join-token-queries'
import { enrollmentPageSize } from '@/lib/client/search-params/enrollment'
import { joinTokenColumns } from './join-token-columns'
import { JoinTokenShown } from './join-token-shown'
import { NewJoinTokenDialog } from './new-join-token-dialog'
import { useRevokeJoinToken } from './use-revoke-join-token'

export interface JoinTokensProps {
  readonly after: string | null
  readonly isNew: boolean
  /** The button that makes one. */
  readonly create: ReactNode
  readonly onPage: (after: string | null) => void
  readonly onNewClosed: () => void
}

/** What lets machines in, newest first. */
export function JoinTokens({ after, isNew, create, onPage, onNewClosed }: JoinTokensProps) {
  const [made, setMade] = useState<ApiResult<'createJoinToken'> | null>(null)
  const list = useQuery(
    joinTokenListQuery({ limit: String(enrollmentPageSize), ...(after !== null && { cursor: after }) }),
  )
  const { revoke, dialog } = useRevokeJoinToken()
  const tokens = list.data?.items
  const isEmpty = tokens?.length === 0
  return (
    <>
      <Card isFlush>
        <DataTable
          label="Join tokens"
          columns={joinTokenColumns({ onRevoke: revoke })}
          rows={tokens}
          rowKey={(token) => token.id}
          isStale={list.isPlaceholderData}
          skeletonRows={4}
          state={
            list.isError && tokens === undefined ? (
              <ProblemState error={list.error} permission="join_tokens.read" onRetry={() => void list.refetch()} />
            ) : isEmpty && after !== null ? (
              <EmptyState
                title="No join token on this page"
                action={<Button onClick={() => onPage(null)}>First page</Button>}
              />
            ) : isEmpty ? (
              <EmptyState title="No join token yet" action={create}>
                It lets machines in, with the labels that you give it. Each makes its own keys and sends only the public
                ones.
              </EmptyState>
            ) : null
          }
        />
        {tokens !== undefined && !isEmpty && (
          <Pager
            shown={tokens.length}
            noun={['join token', 'join tokens']}
            hasNext={(list.data?.nextCursor ?? null) !== null}
            isFirst={after === null}
            isLoading={list.isPlaceholderData}
            onNext={() => onPage(list.data?.nextCursor ?? null)}
            onFirst={() => onPage(null)}
          />
        )}
      </Card>
      {isNew && made === null && (
        <NewJoinTokenDialog
          onClose={onNewClosed}
          onMade={(token) => {
            setMade(token)
            onNewClosed()
          }}
        />
      )}
      {made !== null && <JoinTokenShown made={made} onDone={() => setMade(null)} />}
      {dialog}
    </>
  )
}
