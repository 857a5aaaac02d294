import type { ReactNode } from 'react'
import { Brand } from '@/components/layout/brand'

/** One column for whoever has no session yet. */
export default function AuthLayout({ children }: { children: ReactNode }) {
  return (
    <main className="mx-auto flex min-h-dvh w-full max-w-md flex-col gap-6 px-4 py-10 sm:justify-center sm:py-16">
      <div className="flex flex-wrap items-center gap-x-3 gap-y-1">
        <Brand />
        <p className="text-sm text-quiet">The second factor for machines</p>
      </div>
      <div className="rounded-lg border border-line bg-raised p-5 sm:p-6">{children}</div>
      <noscript>
        <p>Signing in needs JavaScript.</p>
      </noscript>
    </main>
  )
}
