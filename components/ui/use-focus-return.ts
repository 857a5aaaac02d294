import { useState } from 'react'

/**
 * Gives the focus back to what had it when the calling component appeared: Radix does so for triggers that it knows, and
 * most of our dialogs are opened by state.
 *
 * @returns handler for `onCloseAutoFocus`
 */
export function useFocusReturn(): (event: Event) => void {
  // While rendering, before anything in the dialog takes the focus.
  const [origin] = useState(findOrigin)
  return (event) => {
    event.preventDefault()
    if (origin?.isConnected === true) origin.focus()
  }
}

/** The item of a menu is gone by then; the menu's own button takes its place. */
function findOrigin(): HTMLElement | null {
  // What an address opens is rendered on the server first, where nothing has the focus.
  if (typeof document === 'undefined') return null
  const { activeElement } = document
  if (!(activeElement instanceof HTMLElement)) return null
  const menu = activeElement.closest('[role=menu]')
  return menu === null ? activeElement : document.getElementById(menu.getAttribute('aria-labelledby') ?? '')
}
