/** Opens the palette from elsewhere on the page. */
export const paletteEvent = 'countersign:palette'

export function openPalette(): void {
  window.dispatchEvent(new Event(paletteEvent))
}
