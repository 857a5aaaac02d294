import { AxeBuilder } from '@axe-core/playwright'
import type { Page } from '@playwright/test'

/** What a machine can see to be wrong with a page, in words that name the element. */
export async function checkPage(page: Page): Promise<string[]> {
  return [...(await page.evaluate(findLayoutFaults)), ...(await findAxeFaults(page))]
}

async function findAxeFaults(page: Page): Promise<string[]> {
  const { violations } = await new AxeBuilder({ page })
    .withTags(['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'])
    .analyze()
  return violations.flatMap(({ id, help, nodes }) =>
    nodes.map(({ target, any }) => `axe ${id}: ${help}: ${target.join(' ')} ${any[0]?.message ?? ''}`),
  )
}

/**
 * Runs in the page: text that is cut off without an ellipsis, texts that lie over each other, and a page that is wider
 * than its window. What is hidden on purpose (for assistive technology, behind a dialog) is left out.
 */
function findLayoutFaults(): string[] {
  const faults: string[] = []
  const nameOf = (element: Element): string => {
    const words = (element.textContent ?? '').trim().replace(/\s+/g, ' ').slice(0, 40)
    const labels = element.getAttribute('class')?.split(' ').slice(0, 3).join('.') ?? ''
    return `<${element.tagName.toLowerCase()}${labels ? `.${labels}` : ''}> "${words}"`
  }

  const { scrollWidth, clientWidth } = document.documentElement
  if (scrollWidth > clientWidth) {
    const wide = [...document.body.querySelectorAll('*')].filter(
      (element) => element.getBoundingClientRect().right > clientWidth + 1,
    )
    const [last] = wide.slice(-1)
    faults.push(`${scrollWidth - clientWidth} px wider than the window: ${last ? nameOf(last) : 'unknown'}`)
  }

  // A dialog covers the page: only what is in it counts.
  const dialog = document.querySelector('[role=dialog]')
  const texts: { element: Element; box: DOMRect }[] = []
  const walker = document.createTreeWalker(dialog ?? document.body, NodeFilter.SHOW_TEXT)
  for (let node = walker.nextNode(); node !== null; node = walker.nextNode()) {
    const element = node.parentElement
    if (!element || (node.textContent ?? '').trim() === '') continue
    if (!element.checkVisibility({ opacityProperty: true, visibilityProperty: true })) continue
    if (element.closest('script, style, [popover], select')) continue
    const range = document.createRange()
    range.selectNodeContents(node)
    for (const box of range.getClientRects()) {
      const seen = clip(box, element)
      if (seen === 'hidden') continue
      if (seen === 'cut') faults.push(`cut off: ${nameOf(element)}`)
      texts.push({ element, box })
    }
  }
  for (const [index, one] of texts.entries()) {
    for (const other of texts.slice(index + 1)) {
      if (one.element === other.element || one.element.contains(other.element) || other.element.contains(one.element))
        continue
      const across = Math.min(one.box.right, other.box.right) - Math.max(one.box.left, other.box.left)
      const down = Math.min(one.box.bottom, other.box.bottom) - Math.max(one.box.top, other.box.top)
      // Line boxes are a little higher than letters.
      if (across > 2 && down > 5) faults.push(`overlap: ${nameOf(one.element)} and ${nameOf(other.element)}`)
    }
  }
  return [...new Set(faults)]

  /** What becomes of a text in the boxes around it: scrolled away or for screen readers, cut, or whole. */
  function clip(box: DOMRect, element: Element): 'hidden' | 'cut' | 'whole' {
    for (let around: Element | null = element; around && around !== document.body; around = around.parentElement) {
      const style = getComputedStyle(around)
      if (style.position === 'fixed' && !dialog) return 'hidden'
      if (style.overflowX === 'visible' && style.overflowY === 'visible') continue
      const edge = around.getBoundingClientRect()
      // Hidden for the eye: a pixel of it is left for screen readers.
      if (edge.width <= 1 || edge.height <= 1) return 'hidden'
      const isInside = box.right <= edge.right + 1 && box.left >= edge.left - 1 && box.bottom <= edge.bottom + 3
      if (isInside) continue
      const scrolls = (overflow: string) => overflow === 'auto' || overflow === 'scroll'
      if (scrolls(style.overflowX) || scrolls(style.overflowY)) return 'hidden'
      if (style.textOverflow === 'ellipsis' || style.webkitLineClamp !== 'none') return 'hidden'
      return 'cut'
    }
    return 'whole'
  }
}
