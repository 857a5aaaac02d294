import { expect, test } from './support/console-test'
import { openPageAs } from './support/open-console'
import { hostileTarget } from './support/seed-console'

test('what a machine and a client name is text in every page: shown, marked, and never acting', async ({
  browser,
  inUse,
}) => {
  for (const width of [1280, 360]) {
    const page = await openPageAs(browser, inUse, inUse.operators.viewer, { width })
    const dialogs: string[] = []
    page.on('dialog', (dialog) => {
      dialogs.push(dialog.message())
      void dialog.dismiss()
    })
    for (const target of ['/', '/machines', `/machines/${inUse.machines.hostile.id}`, '/credential-use']) {
      await page.goto(target)
      await expect(page.locator('h1')).toBeVisible()
      await expect(page.locator('[aria-busy=true]')).toHaveCount(0)
      expect(await page.locator('img').count()).toBe(0)
    }
    await page.goto(`/machines/${inUse.machines.hostile.id}`)
    const title = page.getByRole('heading', { level: 1 })
    await expect(title).toContainText('<img src=x onerror=alert(1)>')
    await expect(title).toContainText('\\u{202e}gnp.exe\\u{200b}')

    await page.goto('/credential-use?outcome=denied')
    await expect(page.getByText(hostileTarget.slice(0, 20)).first()).toBeVisible()
    expect(dialogs).toEqual([])
    expect(page.complaints).toEqual([])
    await page.context().close()
  }
})
