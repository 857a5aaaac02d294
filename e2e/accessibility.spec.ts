import { AxeBuilder } from '@axe-core/playwright'
import type { Page } from '@playwright/test'
import { expect, test } from './support/console-test'
import { testPassword } from '@/test/setup/sign-in'
import { openPageAs } from './support/open-console'

/** Every page of somebody who is signed in; `:key` stands for the id of that machine of the seed. */
const pages: readonly (readonly [name: string, path: string])[] = [
  ['Overview', '/'],
  ['Machines', '/machines'],
  ['Machines, filtered to nothing', '/machines?q=nobody'],
  ['Machine, uses', '/machines/:active'],
  ['Machine, denials', '/machines/:active?tab=denials'],
  ['Machine, keys', '/machines/:active?tab=keys'],
  ['Machine, audit', '/machines/:revoked?tab=audit'],
  ['Machine, quarantined', '/machines/:quarantined'],
  ['Credential use', '/credential-use'],
  ['Credential use, live', '/credential-use?live=true'],
  ['Services', '/services'],
  ['Services, filtered to nothing', '/services?state=retired'],
  ['New service', '/services/new'],
  ['Service, gateways', '/services/orders'],
  ['Service, configuration of nginx', '/services/orders?tab=configuration'],
  ['Service, configuration of Caddy', '/services/orders?tab=configuration&for=caddy'],
  ['Service, requests', '/services/orders?tab=uses'],
  ['Service, settings', '/services/orders?tab=settings'],
  ['Service, audit', '/services/orders?tab=audit'],
  ['Enrolment', '/enrollment'],
  ['Enrolment, quarantine', '/enrollment?tab=quarantine'],
  ['Audit log', '/audit-log'],
  ['Audit log, filtered to nothing', '/audit-log?action=deployment.restore_detected'],
  ['Operators', '/settings/operators'],
  ['Sessions', '/settings/sessions?state=any'],
  ['API tokens', '/settings/api-tokens'],
  ['Your account', '/settings/account'],
  ['Deployment', '/settings/deployment'],
  ['Error codes', '/docs/errors'],
  ['Not found', '/no-such-page'],
]

// The longest file: its tests need nothing of each other.
test.describe.configure({ mode: 'parallel' })

for (const theme of ['light', 'dark'] as const) {
  test.describe(`axe finds nothing in the ${theme} theme, and nothing is wider than a phone`, () => {
    let page: Page

    test.beforeAll(async ({ browser, inUse }) => {
      page = await openPageAs(browser, inUse, inUse.operators.administrator, { theme })
    })
    test.afterAll(() => page.context().close())

    for (const [name, path] of pages) {
      test(name, async ({ inUse }) => {
        const target = path.replace(/:(\w+)/, (_, key: keyof typeof inUse.machines) => inUse.machines[key].id)
        await page.goto(target)
        await expectAccessible(page)
      })
    }

    test('the pages of signing in: each step, set-up, invitation, reset', async ({ browser, inUse }) => {
      const { administrator } = inUse.operators
      const call = async (path: string, body: object) =>
        (await administrator.browser.api('POST', path, body)).body as unknown as LinkAnswer
      const invited = { email: `${theme}@example.org`, name: 'Invited', role: 'administrator' }
      const { id, invitation } = await call('/operators', invited)
      const fresh = await openPageAs(browser, inUse, null, { theme })
      for (const target of ['/sign-in', '/set-up/over', '/invitation/over', '/reset/over', pathOf(invitation)]) {
        await fresh.goto(target)
        await expectAccessible(fresh)
      }
      await fresh.getByLabel('Password').fill(testPassword)
      await fresh.locator('button[type=submit]').click()
      await expect(fresh.getByRole('img', { name: /^QR code/ })).toBeVisible()
      await expectAccessible(fresh)

      await fresh.goto(pathOf(await call(`/operators/${id}/reset`, {})))
      await expectAccessible(fresh)
      await fresh.goto('/sign-in')
      await fresh.getByLabel('E-mail address').fill(administrator.email)
      await fresh.getByLabel('Password').fill(administrator.password)
      await fresh.getByRole('button', { name: 'Sign in' }).click()
      await expect(fresh.getByLabel('Code', { exact: true })).toBeVisible()
      await expectAccessible(fresh)
      await fresh.context().close()
    })

    test('the shell on a phone, with its navigation open', async () => {
      await page.setViewportSize({ width: 360, height: 800 })
      await page.goto('/machines')
      await expect(page.locator('[aria-busy=true]')).toHaveCount(0)
      expect(await violationsOf(page)).toEqual([])
      await page.getByRole('button', { name: /navigation|menu/i }).click()
      await expect(page.getByRole('dialog')).toBeVisible()
      expect(await violationsOf(page)).toEqual([])
    })

    test('what opens over a page: a dialog, a menu, a panel, the palette, the shortcuts', async ({ inUse }) => {
      await page.setViewportSize({ width: 1280, height: 800 })
      await page.goto(`/machines/${inUse.machines.active.id}`)
      await page.getByRole('button', { name: 'Revoke' }).click()
      await expect(page.getByRole('dialog')).toBeVisible()
      expect(await violationsOf(page)).toEqual([])

      await page.goto('/machines')
      await page.getByRole('button', { name: 'Actions for checkout-1' }).click()
      await expect(page.getByRole('menu')).toBeVisible()
      // A menu opens at the end of the document, beside the landmarks: advice that is no criterion of WCAG.
      expect(await violationsOf(page, ['region'])).toEqual([])

      const gateway = { name: `edge-${theme}`, profile: 'traefik', services: ['orders'] }
      await inUse.operators.administrator.browser.api('POST', '/gateways', gateway)
      await page.goto('/services/orders')
      const ofGateway = page.getByRole('listitem').filter({ hasText: gateway.name })
      await ofGateway.getByRole('button', { name: 'Pin certificate' }).click()
      await expect(page.getByRole('dialog')).toBeVisible()
      expect(await violationsOf(page)).toEqual([])

      await page.goto('/credential-use')
      await page.locator('[data-row-link]').first().click()
      await expect(page.getByRole('dialog')).toBeVisible()
      expect(await violationsOf(page)).toEqual([])

      for (const keys of ['Control+k', 'Shift+?']) {
        await page.goto('/')
        await expect(page.locator('[aria-busy=true]')).toHaveCount(0)
        await page.keyboard.press(keys)
        await expect(page.getByRole('dialog')).toBeVisible()
        expect(await violationsOf(page)).toEqual([])
      }
    })
  })
}

interface LinkAnswer {
  readonly id: string
  readonly url: string
  readonly invitation: { readonly url: string }
}

function pathOf({ url }: { readonly url: string }): string {
  return new URL(url).pathname
}

/** Once it has loaded. The pictures of every page (`npm run pictures`) have axe look at the narrow ones too. */
async function expectAccessible(page: Page): Promise<void> {
  await page.setViewportSize({ width: 1280, height: 800 })
  await expect(page.locator('h1')).toBeVisible()
  await expect(page.locator('[aria-busy=true]')).toHaveCount(0)
  expect(await violationsOf(page)).toEqual([])
  await page.setViewportSize({ width: 360, height: 800 })
  await expect(page.locator('[aria-busy=true]')).toHaveCount(0)
  // A chart is drawn anew for its new width a moment after the page has it.
  await expect.poll(() => overflowOf(page)).toBe(0)
}

async function violationsOf(page: Page, without: string[] = []): Promise<string[]> {
  const { violations } = await new AxeBuilder({ page })
    .disableRules(without)
    .withTags(['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'])
    .analyze()
  return violations.flatMap(({ id, help, nodes }) =>
    nodes.map(({ target, failureSummary }) => `${id}: ${help}\n  ${target.join(' ')}\n  ${failureSummary ?? ''}`),
  )
}

/** How many pixels the page is wider than its window. */
function overflowOf(page: Page): Promise<number> {
  return page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth)
}
