/** Whether a key may be a shortcut now: nobody types, no modifier is held, no dialog or menu is open. */
export function isShortcutFree(event: KeyboardEvent): boolean {
  if (event.metaKey || event.ctrlKey || event.altKey || event.defaultPrevented) return false
  const target = event.target instanceof HTMLElement ? event.target : null
  if (target?.closest('input, textarea, select, [contenteditable], [role=menu], [role=dialog]')) return false
  return document.querySelector('[role=dialog], [role=menu]') === null
}
