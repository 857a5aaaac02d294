import { expect, test } from './support/console-test'
import { openPageAs } from './support/open-console'
import { createSignedInOperator, totpCode } from '@/test/setup/sign-in'

test('a session that an administrator ends leads to the sign-in, and back to where one was', async ({
  browser,
  inUse,
}) => {
  const who = await createSignedInOperator(inUse.operators.administrator.browser, 'administrator', 'eve@example.org')
  const page = await openPageAs(browser, inUse, who)
  await page.goto('/machines?state=active')
  await expect(page.getByRole('link', { name: 'checkout-1' })).toBeVisible()

  const { body } = await inUse.operators.administrator.browser.api('GET', `/sessions?operator=${who.id}`)
  for (const { id } of body.items) {
    const ended = await inUse.operators.administrator.browser.api('POST', `/sessions/${id}/end`, {})
    expect(ended.status).toBe(200)
  }
  await page.getByRole('button', { name: 'Refresh' }).click()
  await expect(page).toHaveURL(/\/sign-in/)
  await page.getByLabel('E-mail address').fill(who.email)
  await page.getByLabel('Password').fill('not the password at all')
  await page.getByRole('button', { name: 'Sign in' }).click()
  await expect(page.getByText(/do not match|wrong/i)).toBeVisible()
  await page.getByLabel('Password').fill(who.password)
  await page.getByRole('button', { name: 'Sign in' }).click()
  await page.getByLabel('Code').fill(totpCode(who.totpSecret ?? '', 1))
  await page.getByRole('button', { name: 'Continue' }).click()
  await expect(page).toHaveURL('/machines?state=active')
  await expect(page.getByRole('link', { name: 'checkout-1' })).toBeVisible()
})

test('without a session every page leads to the sign-in, and tells nothing before', async ({ browser, inUse }) => {
  const page = await openPageAs(browser, inUse, null)
  for (const target of ['/', '/machines', `/machines/${inUse.machines.active.id}`, '/credential-use']) {
    const answer = await page.goto(target)
    await expect(page).toHaveURL(/\/sign-in/)
    expect(await answer?.text()).not.toContain('checkout-1')
  }
})
