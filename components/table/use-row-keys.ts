'use client'

import { useEffect, useRef, type RefObject } from 'react'
import { isShortcutFree } from './is-shortcut-free'

/** j and k move the focus to the next and the previous row's `data-row-link`, whose Enter opens it. */
export function useRowKeys(): RefObject<HTMLDivElement | null> {
  const region = useRef<HTMLDivElement>(null)
  useEffect(() => {
    const listen = (event: KeyboardEvent) => {
      if ((event.key !== 'j' && event.key !== 'k') || !isShortcutFree(event)) return
      const links = [...(region.current?.querySelectorAll<HTMLElement>('[data-row-link]') ?? [])]
      if (links.length === 0) return
      const row = document.activeElement?.closest('tr')
      const at = links.findIndex((link) => link.closest('tr') === row)
      const to = event.key === 'j' ? Math.min(links.length - 1, at + 1) : Math.max(0, at - 1)
      event.preventDefault()
      links[to]?.focus()
      links[to]?.scrollIntoView({ block: 'nearest' })
    }
    window.addEventListener('keydown', listen)
    return () => window.removeEventListener('keydown', listen)
  }, [])
  return region
}
