import Link from 'next/link'
import { Button } from '@/components/ui/button'
import { EmptyState } from '@/components/ui/state-panel'

export function NoMachinesYet() {
  return (
    <EmptyState
      title="No machine has enrolled yet"
      action={
        <Button asChild look="primary">
          <Link href="/enrollment?new=true">Create a join token</Link>
        </Button>
      }
    >
      A join token lets a machine in: it makes its own keys and sends only the public ones.
    </EmptyState>
  )
}
