import { expect, test } from './support/console-test'
import { openPageAs } from './support/open-console'

test('a machine is found, looked at and suspended without a mouse', async ({ browser, inUse }) => {
  const machine = await inUse.service.enroll('keyboard-1')
  const page = await openPageAs(browser, inUse, inUse.operators.operator)
  const { keyboard } = page
  await page.goto('/')
  await expect(page.getByRole('heading', { level: 1, name: 'Overview' })).toBeVisible()

  await keyboard.press('Tab')
  await expect(page.getByRole('link', { name: 'Skip to the content' })).toBeFocused()
  await keyboard.press('Enter')
  await expect(page.locator('main')).toBeFocused()

  await keyboard.press('g')
  await keyboard.press('m')
  await expect(page).toHaveURL('/machines')
  await expect(page.getByRole('heading', { level: 1, name: 'Machines' })).toBeFocused()
  await keyboard.press('/')
  await keyboard.type('keyboard-1')
  await expect(page).toHaveURL(/q=keyboard-1/)
  await expect(page.locator('tbody tr')).toHaveCount(1)
  await keyboard.press('Enter')
  await keyboard.press('j')
  await expect(page.getByRole('link', { name: 'keyboard-1' })).toBeFocused()
  await keyboard.press('Enter')
  await expect(page.getByRole('heading', { level: 1, name: 'keyboard-1' })).toBeFocused()

  await tabTo('Suspend')
  await keyboard.press('Enter')
  await expect(page.getByRole('dialog').getByLabel('Reason')).toBeFocused()
  await keyboard.press('Escape')
  await expect(page.getByRole('dialog')).toHaveCount(0)
  await expect(page.getByRole('button', { name: 'Suspend' })).toBeFocused()
  await keyboard.press('Enter')
  await keyboard.type('Looked at from the keyboard.')
  await keyboard.press('Control+Enter')
  await expect(page.getByText('Suspended. In force on every node')).toBeVisible()
  expect(await inUse.call(machine)).toBe('machine_suspended')

  await keyboard.press('Control+k')
  await keyboard.type('checkout-1')
  await expect(page.getByRole('option', { name: /checkout-1/ })).toBeVisible()
  await keyboard.press('Enter')
  await expect(page.getByRole('heading', { level: 1, name: 'checkout-1' })).toBeFocused()

  async function tabTo(name: string): Promise<void> {
    const wanted = page.getByRole('button', { name })
    for (let count = 0; count < 40; count += 1) {
      if (await wanted.evaluate((element) => element === document.activeElement)) return
      await keyboard.press('Tab')
    }
    throw new Error(`Forty times Tab did not reach ${name}.`)
  }
})
