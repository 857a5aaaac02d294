'use client'

import { usePathname } from 'next/navigation'
import { useEffect, useRef } from 'react'

/**
 * Moves the focus to the page's `h1` on navigation, so that a screen reader says where one is. Not on the first page. What
 * stands there while the page loads has an `h1` of its own: the focus goes on to the one that takes its place, unless
 * somebody has gone on already.
 */
export function FocusOnNavigation() {
  const pathname = usePathname()
  const before = useRef(pathname)
  useEffect(() => {
    if (before.current === pathname) return
    before.current = pathname
    const main = document.querySelector('main')
    const focusHeading = () => main?.querySelector<HTMLElement>('h1')?.focus({ preventScroll: true })
    focusHeading()
    const observer = new MutationObserver(() => {
      if (document.activeElement === document.body) focusHeading()
    })
    if (main !== null) observer.observe(main, { childList: true, subtree: true })
    const goOn = () => observer.disconnect()
    window.addEventListener('keydown', goOn, { once: true })
    window.addEventListener('pointerdown', goOn, { once: true })
    return () => {
      goOn()
      window.removeEventListener('keydown', goOn)
      window.removeEventListener('pointerdown', goOn)
    }
  }, [pathname])
  return null
}
