import { expect, test } from './support/console-test'
import { openPageAs } from './support/open-console'

test('a viewer reads everything, and sees why nothing can be done', async ({ browser, inUse }) => {
  const page = await openPageAs(browser, inUse, inUse.operators.viewer)
  await page.goto(`/machines/${inUse.machines.active.id}`)
  await expect(page.getByRole('heading', { level: 1, name: 'checkout-1' })).toBeVisible()
  const revoke = page.getByRole('button', { name: /^Revoke/ })
  await expect(revoke).toHaveAttribute('aria-disabled', 'true')
  await revoke.focus()
  await expect(page.getByRole('tooltip')).toContainText(
    'Your role, viewer, does not have the permission machines.revoke',
  )
  await page.keyboard.press('Enter')
  await expect(page.getByRole('dialog')).toHaveCount(0)

  // The page is not the guard: the server refuses the same.
  const status = await page.evaluate(async (id) => {
    const answer = await fetch(`/api/v1/machines/${id}/revoke`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ reason: 'From the console of a browser.' }),
    })
    return answer.status
  }, inUse.machines.active.id)
  expect(status).toBe(403)
  expect(await inUse.call(inUse.machines.active)).toBe('allowed')
})

test('an operator cuts off and gives back; the service says what was measured', async ({ browser, inUse }) => {
  const machine = await inUse.service.enroll('suspended-for-a-while')
  expect(await inUse.call(machine)).toBe('allowed')
  const page = await openPageAs(browser, inUse, inUse.operators.operator)
  await page.goto(`/machines/${machine.id}`)
  await page.getByRole('button', { name: 'Suspend' }).click()
  const dialog = page.getByRole('dialog')
  await expect(dialog).toContainText('Nothing else is affected')
  await dialog.getByRole('button', { name: 'Suspend machine' }).click()
  await expect(dialog.getByText('Say why. The audit log keeps it.')).toBeVisible()
  await dialog.getByLabel('Reason').fill('It calls from a network that it has no business in.')
  await dialog.getByRole('button', { name: 'Suspend machine' }).click()
  await expect(page.getByText(/In force on every node after [\d.]+ m?s\. Last allowed use/)).toBeVisible()
  expect(await inUse.call(machine)).toBe('machine_suspended')
  expect(await inUse.call(inUse.machines.active)).toBe('allowed')

  await page.getByRole('button', { name: 'Reinstate' }).click()
  await dialog.getByLabel('Reason').fill('The network is the new region.')
  await dialog.getByRole('button', { name: 'Reinstate machine' }).click()
  await expect(page.getByText('Reinstated. In force')).toBeVisible()
  expect(await inUse.call(machine)).toBe('allowed')

  await page.getByRole('tab', { name: 'Audit' }).click()
  await expect(page.getByText('It calls from a network that it has no business in.')).toBeVisible()
  expect(page.complaints).toEqual([])
})
