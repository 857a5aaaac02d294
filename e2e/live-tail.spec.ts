import { expect, test } from '@playwright/test'
import { createOperators, openConsoleServer, openPageAs, type ConsoleServer } from './support/open-console'
import { seedConsole } from './support/seed-console'

let opened: ConsoleServer

test.beforeEach(async () => {
  opened = await openConsoleServer()
})
test.afterEach(() => opened.close())

test('the live tail shows each decision at once, says when it is lost, and heals', async ({ browser }) => {
  const { viewer } = await createOperators(opened)
  const seeded = await seedConsole(opened)
  const page = await openPageAs(browser, opened, viewer)
  await page.goto('/credential-use')
  await page.getByRole('button', { name: 'Live tail' }).click()
  await expect(page.getByRole('status').filter({ hasText: 'Live' })).toBeVisible()
  await seeded.call(seeded.machines.active, '/v1/orders/while-live')
  await expect(page.getByText('/v1/orders/while-live')).toBeVisible()

  await opened.server.stop()
  await expect(page.getByText('Stream lost, trying again …')).toBeVisible()
  await opened.startAgain()
  await expect(page.getByRole('status').filter({ hasText: 'Live' })).toBeVisible({ timeout: 60_000 })
  const after = await seeded.service.ask(opened.server, {
    method: 'GET',
    target: '/v1/orders/after-the-loss',
    authority: seeded.service.authority,
    headers: [],
  })
  expect(after.code).toBe('credential_missing')
  await expect(page.getByText('/v1/orders/after-the-loss')).toBeVisible()
})
