import type { ReactNode } from 'react'
import { ViewerProvider, type Viewer } from '@/components/common/viewer'
import { Brand } from './brand'
import { CommandPalette } from './command-palette'
import { FocusOnNavigation } from './focus-on-navigation'
import { NavigationList } from './navigation-list'
import { PhoneBar } from './phone-bar'
import { ShortcutsDialog } from './shortcuts-dialog'
import { ViewerMenu } from './viewer-menu'

/** What every page of the console stands in. */
export function Shell({ viewer, children }: { readonly viewer: Viewer; readonly children: ReactNode }) {
  return (
    <ViewerProvider viewer={viewer}>
      <a
        href="#content"
        className="fixed top-2 left-2 z-50 -translate-y-20 rounded-md border border-line bg-raised px-3 py-1.5 font-medium shadow-float focus:translate-y-0"
      >
        Skip to the content
      </a>
      <div className="min-h-dvh md:grid md:grid-cols-[13.5rem_minmax(0,1fr)]">
        <aside
          aria-label="Console"
          className="sticky top-0 hidden h-dvh flex-col gap-4 overflow-y-auto bg-ground px-3 py-3.5 md:flex"
        >
          <div className="px-2 py-0.5">
            <Brand />
          </div>
          <CommandPalette />
          <NavigationList />
          <div className="mt-auto">
            <ViewerMenu />
          </div>
        </aside>
        <PhoneBar />
        <main
          id="content"
          tabIndex={-1}
          className="min-w-0 border-line px-4 py-5 outline-none md:border-l md:px-8 md:py-6"
        >
          <div className="mx-auto flex max-w-[84rem] flex-col gap-5">{children}</div>
        </main>
      </div>
      <FocusOnNavigation />
      <ShortcutsDialog />
    </ViewerProvider>
  )
}
