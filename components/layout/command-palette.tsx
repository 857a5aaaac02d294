'use client'

import { Search } from 'lucide-react'
import { useEffect, useState } from 'react'
import { Dialog } from '@/components/ui/dialog'
import { Kbd } from '@/components/ui/kbd'
import { PaletteList } from './palette-list'
import { paletteEvent } from './palette-events'

/** ⌘K: go to any page or machine. The button is there for those who do not know. */
export function CommandPalette() {
  const [isOpen, setIsOpen] = useState(false)
  useEffect(() => {
    const listen = (event: KeyboardEvent) => {
      if (event.key.toLowerCase() !== 'k' || !(event.metaKey || event.ctrlKey)) return
      event.preventDefault()
      setIsOpen((was) => !was)
    }
    const open = () => setIsOpen(true)
    window.addEventListener('keydown', listen)
    window.addEventListener(paletteEvent, open)
    return () => {
      window.removeEventListener('keydown', listen)
      window.removeEventListener(paletteEvent, open)
    }
  }, [])
  return (
    <>
      <button
        type="button"
        onClick={() => setIsOpen(true)}
        className="flex h-8 items-center gap-2 rounded-md border border-line bg-raised px-2 text-quiet hover:bg-hover"
      >
        <Search aria-hidden className="size-4" />
        <span className="grow text-left">Go to…</span>
        <Kbd>⌘K</Kbd>
      </button>
      <Dialog isOpen={isOpen} onOpenChange={setIsOpen} title="Go to">
        <PaletteList onChosen={() => setIsOpen(false)} />
      </Dialog>
    </>
  )
}
