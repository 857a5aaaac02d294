'use client'

import { Menu } from 'lucide-react'
import { useState } from 'react'
import { Button } from '@/components/ui/button'
import { Sheet } from '@/components/ui/sheet'
import { Brand } from './brand'
import { NavigationList } from './navigation-list'
import { openPalette } from './palette-events'
import { ViewerMenu } from './viewer-menu'

/** Above the page at phone width; the navigation comes as a sheet. */
export function PhoneBar() {
  const [isOpen, setIsOpen] = useState(false)
  return (
    <header className="sticky top-0 z-30 flex h-13 items-center gap-2 border-b border-line bg-ground px-2 md:hidden">
      <Button look="quiet" size="icon" aria-label="Open navigation" onClick={() => setIsOpen(true)}>
        <Menu aria-hidden />
      </Button>
      <Brand />
      <Button look="quiet" size="sm" className="ml-auto" onClick={openPalette}>
        Go to…
      </Button>
      <Sheet isOpen={isOpen} onOpenChange={setIsOpen} title="Navigation" side="left">
        <div className="flex grow flex-col gap-4 p-3">
          <NavigationList onNavigate={() => setIsOpen(false)} />
          <div className="mt-auto">
            <ViewerMenu />
          </div>
        </div>
      </Sheet>
    </header>
  )
}
