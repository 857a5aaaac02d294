import { AxeBuilder } from '@axe-core/playwright'
import type { Page } from '@playwright/test'
import { expect, test } from './support/console-test'
import { openPageAs } from './support/open-console'

/** Every page of somebody who is signed in, and what proves that it has loaded. */
const pages: readonly (readonly [name: string, path: string])[] = [
  ['Overview', '/'],
  ['Machines', '/machines'],
  ['Machines filtered to nothing', '/machines?q=nobody'],
  ['Machine', '/machines/:active'],
  ['Machine, denials', '/machines/:active?tab=denials'],
  ['Machine, keys', '/machines/:active?tab=keys'],
  ['Machine, audit', '/machines/:revoked?tab=audit'],
  ['Machine, quarantined', '/machines/:quarantined'],
  ['Credential use', '/credential-use'],
  ['Credential use, live', '/credential-use?live=true'],
  ['Error codes', '/docs/errors'],
  ['Not found', '/no-such-page'],
]

async function violationsOf(page: Page): Promise<string[]> {
  const { violations } = await new AxeBuilder({ page })
    .withTags(['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'])
    .analyze()
  return violations.flatMap(({ id, help, nodes }) =>
    nodes.map(({ target, failureSummary }) => `${id}: ${help}\n  ${target.join(' ')}\n  ${failureSummary ?? ''}`),
  )
}

for (const theme of ['light', 'dark'] as const) {
  test.describe(`axe finds nothing in the ${theme} theme`, () => {
    for (const [name, path] of pages) {
      test(name, async ({ browser, inUse }) => {
        const target = path.replace(/:(\w+)/, (_, key: keyof typeof inUse.machines) => inUse.machines[key].id)
        for (const width of [1280, 360]) {
          const page = await openPageAs(browser, inUse, inUse.operators.administrator, { theme, width })
          await page.goto(target)
          await expect(page.locator('h1')).toBeVisible()
          await expect(page.locator('[aria-busy=true]')).toHaveCount(0)
          expect(await violationsOf(page)).toEqual([])
          expect(await overflowOf(page)).toBe(0)
          await page.context().close()
        }
      })
    }
  })
}

/** How many pixels the page is wider than its window. */
function overflowOf(page: Page): Promise<number> {
  return page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth)
}
