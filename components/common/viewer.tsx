'use client'

import { createContext, use, type ReactNode } from 'react'
import type { Permission } from '@/lib/contract/permissions'
import type { OperatorRole } from '@/lib/domain/operator/operator-role'
import { whyNotPermitted } from '@/lib/client/machine-actions'

/** Who looks at the page. What it may do is only shown here; the server decides it anew at each call. */
export interface Viewer {
  readonly name: string
  readonly role: OperatorRole
  /** Of the session that this page came with. */
  readonly sessionId: string | null
}

const ViewerContext = createContext<Viewer | null>(null)

export function ViewerProvider({ viewer, children }: { readonly viewer: Viewer; readonly children: ReactNode }) {
  return <ViewerContext value={viewer}>{children}</ViewerContext>
}

export function useViewer(): Viewer {
  const viewer = use(ViewerContext)
  if (viewer === null) throw new Error('useViewer() stands in no ViewerProvider.')
  return viewer
}

/** Why the viewer may not, or undefined: for `disabledBecause`. */
export function useWhyNot(permission: Permission): string | undefined {
  return whyNotPermitted(permission, useViewer().role)
}
