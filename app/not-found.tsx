import Link from 'next/link'
import { buttonClass } from '@/components/ui/button'
import { EmptyState } from '@/components/ui/state-panel'

export default function NotFound() {
  return (
    <main className="mx-auto max-w-xl px-5 py-24">
      <h1 className="sr-only">Not found</h1>
      <EmptyState
        title="There is no such page"
        action={
          <Link href="/" className={buttonClass()}>
            Go to the overview
          </Link>
        }
      />
    </main>
  )
}
