'use client'

import { useRouter } from 'next/navigation'
import { useEffect, useRef, useState } from 'react'
import { Dialog } from '@/components/ui/dialog'
import { Kbd } from '@/components/ui/kbd'
import { isShortcutFree } from '@/components/table/is-shortcut-free'
import { navigation } from './navigation'

const general: readonly (readonly [keys: readonly string[], what: string])[] = [
  [['⌘K', 'Ctrl K'], 'Go to a page, a service or a machine'],
  [['j', 'k'], 'Next and previous row'],
  [['Enter'], 'Open the row'],
  [['/'], 'Search the list'],
  [['Esc'], 'Close'],
  [['?'], 'This list'],
]

const waitMs = 1_000

/** `?` lists the shortcuts; g and a letter go to a page; `/` goes to the search. */
export function ShortcutsDialog() {
  const [isOpen, setIsOpen] = useState(false)
  const router = useRouter()
  const pressedG = useRef(0)
  useEffect(() => {
    const listen = (event: KeyboardEvent) => {
      if (!isShortcutFree(event)) return
      if (event.key === '?') return setIsOpen(true)
      if (event.key === '/') {
        const search = document.querySelector<HTMLElement>('[data-search]')
        if (search) event.preventDefault()
        return search?.focus()
      }
      if (event.key === 'g') {
        pressedG.current = event.timeStamp
        return
      }
      const page = navigation.find(({ key }) => key === event.key)
      if (page && event.timeStamp - pressedG.current < waitMs) router.push(page.href)
      pressedG.current = 0
    }
    window.addEventListener('keydown', listen)
    return () => window.removeEventListener('keydown', listen)
  }, [router])
  return (
    <Dialog isOpen={isOpen} onOpenChange={setIsOpen} title="Keyboard shortcuts">
      <dl className="grid grid-cols-[1fr_auto] items-center gap-x-6 gap-y-2">
        {general.map(([keys, what]) => (
          <Shortcut key={what} what={what} keys={keys} />
        ))}
        {navigation.map(({ name, key }) => (
          <Shortcut key={key} what={`Go to ${name}`} keys={['g', key]} />
        ))}
      </dl>
    </Dialog>
  )
}

function Shortcut({ what, keys }: { readonly what: string; readonly keys: readonly string[] }) {
  return (
    <div className="contents">
      <dt>{what}</dt>
      <dd className="flex justify-end gap-1">
        {keys.map((key) => (
          <Kbd key={key}>{key}</Kbd>
        ))}
      </dd>
    </div>
  )
}
