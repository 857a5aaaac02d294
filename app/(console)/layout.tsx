import type { ReactNode } from 'react'
import { Shell } from '@/components/layout/shell'
import { requireOperator } from '@/lib/server/auth/require-operator'

/** Every page calls `requireOperator` itself as well: a layout is not asked again on each navigation. */
export default async function ConsoleLayout({ children }: { children: ReactNode }) {
  const { name, role, sessionId } = await requireOperator()
  return <Shell viewer={{ name, role, sessionId: sessionId ?? null }}>{children}</Shell>
}
