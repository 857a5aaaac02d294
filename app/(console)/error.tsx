'use client'

import { Card } from '@/components/ui/card'
import { PageHeader } from '@/components/ui/page-header'
import { FailedState } from '@/components/ui/state-panel'

/** What a page shows that failed where nobody expected it. */
export default function ConsoleError({ error, reset }: { error: Error & { digest?: string }; reset: () => void }) {
  return (
    <>
      <PageHeader title="This page failed" />
      <Card>
        <FailedState
          title="Something went wrong in this page"
          advice="Try again. If it stays, give the number below to whoever runs Countersign."
          requestId={error.digest}
          onRetry={reset}
        />
      </Card>
    </>
  )
}
