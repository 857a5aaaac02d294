'use client'

import { useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { HostileText } from '@/components/common/hostile-text'
import { ProblemState } from '@/components/common/problem-state'
import { CodeBlock } from '@/components/ui/code-block'
import { ShownOnceDialog } from '@/components/ui/shown-once-dialog'
import { Notice } from '@/components/ui/notice'
import { Skeleton } from '@/components/ui/skeleton'
import { Tabs } from '@/components/ui/tabs'
import type { ApiResult } from '@/lib/client/call-api'
import { deploymentQuery } from '@/lib/client/queries/deployment-queries'
import type { Deployment } from '@/lib/contract/deployment'
import { enrollCommand } from '@/lib/domain/machine/enroll-command'
import { EnrolledMachines } from './enrolled-machines'

export interface JoinTokenShownProps {
  readonly made: ApiResult<'createJoinToken'>
  readonly onDone: () => void
}

/** The secret of a join token, this once, inside the one command that uses it; and the machines as they come in. */
export function JoinTokenShown({ made, onDone }: JoinTokenShownProps) {
  const deployment = useQuery(deploymentQuery())
  return (
    <ShownOnceDialog
      size="lg"
      onDone={onDone}
      title={
        <>
          Join token <HostileText text={made.name} maxLength={64} />
        </>
      }
      description="It stands here once and nowhere else: the database has only its public key."
    >
      {deployment.data !== undefined && <Command made={made} deployment={deployment.data} />}
      {deployment.data === undefined && deployment.isError && (
        <>
          <CodeBlock code={made.token} label="Join token" />
          <ProblemState
            error={deployment.error}
            permission="deployment.read"
            onRetry={() => void deployment.refetch()}
          />
        </>
      )}
      {deployment.data === undefined && !deployment.isError && <Skeleton className="h-32 w-full" />}
      <EnrolledMachines joinToken={made} />
    </ShownOnceDialog>
  )
}

const ways = [
  { value: 'whole', label: 'One paste' },
  { value: 'asking', label: 'Command asks for the token' },
] as const

function Command({ made, deployment }: { made: JoinTokenShownProps['made']; deployment: Deployment }) {
  const [way, setWay] = useState<(typeof ways)[number]['value']>('whole')
  const { publicUrl, agent, assertionKey } = deployment
  if (agent === null) {
    return (
      <>
        <CodeBlock code={made.token} label="Join token" />
        <Notice tone="warn" title="This server has no agent to hand out">
          It was not built: run npm run build where Countersign runs. A machine that has the agent already enrols with
          this token.
        </Notice>
      </>
    )
  }
  const command = enrollCommand({
    serverUrl: publicUrl,
    serverKey: assertionKey.fingerprint,
    agent,
    token: way === 'whole' ? made.token : null,
  })
  return (
    <Tabs label="The command to run" tabs={ways} value={way} onValueChange={setWay}>
      <div className="flex min-w-0 flex-col gap-3">
        <CodeBlock code={command} label="Run on the machine, in bash" />
        {way === 'asking' && <CodeBlock code={made.token} label="Join token" />}
        <p className="text-xs text-quiet">
          {way === 'whole'
            ? 'The token is in no process list. It begins with a blank, which keeps it out of the history where HISTCONTROL says ignorespace or ignoreboth, as on Debian and Ubuntu.'
            : 'Paste the token when it asks: it is shown nowhere, and neither the history nor a process list has it.'}{' '}
          The agent needs Node.js 20.19 or newer; its hash is compared before it runs. On macOS write shasum -a 256 for
          sha256sum.
        </p>
      </div>
    </Tabs>
  )
}
