import { expect, test } from './support/console-test'
import {
  createOperators,
  openConsoleServer,
  openPageAs,
  type ConsoleServer,
  type Operators,
} from './support/open-console'
import { testPassword, totpCode } from '@/test/setup/sign-in'

/** These stories end sessions and change credentials, so they have a deployment of their own. */
let console: ConsoleServer
let operators: Operators

test.beforeAll(async () => {
  console = await openConsoleServer()
  operators = await createOperators(console)
})
test.afterAll(() => console.close())

test('an invitation is shown once, opens the account, and the audit log tells it', async ({ browser }) => {
  const page = await openPageAs(browser, console, operators.administrator)
  await page.goto('/settings')
  await expect(page).toHaveURL('/settings/operators')
  await page.getByRole('button', { name: 'Invite operator' }).click()
  const dialog = page.getByRole('dialog')
  await dialog.getByRole('button', { name: 'Invite operator' }).click()
  await expect(dialog.getByText('This is needed.')).toHaveCount(2)
  await dialog.getByLabel('Name').fill('Vera Rubin')
  await dialog.getByLabel('E-mail address').fill('vera@example.org')
  await dialog.getByRole('button', { name: 'Invite operator' }).click()

  await expect(dialog.getByRole('heading', { name: 'Invitation for Vera Rubin' })).toBeVisible()
  const link = (await dialog.getByRole('region', { name: 'link' }).innerText()).trim()
  expect(link).toMatch(/\/invitation\/csu_[A-Za-z0-9_-]{43}$/)
  // Neither Escape nor a click beside it loses it.
  await page.keyboard.press('Escape')
  await page.mouse.click(5, 5)
  await expect(dialog).toBeVisible()
  await dialog.getByRole('button', { name: 'Done' }).click()
  await expect(page.getByRole('row', { name: /Vera Rubin/ })).toContainText('Invited')
  expect(await page.content()).not.toContain(link)

  const other = await openPageAs(browser, console, null)
  await other.goto(link)
  await other.getByLabel('New password').fill(testPassword)
  await other.getByRole('button', { name: 'Choose password' }).click()
  await expect(other.getByRole('heading', { name: 'Overview' })).toBeVisible()
  await other.goto(link)
  await expect(other.getByText('This link does not work any more')).toBeVisible()

  await page.goto('/audit-log?action=operator.create')
  const row = page.getByRole('row', { name: /vera@example\.org/ })
  await expect(row).toContainText('Operator created')
  await row.getByRole('button', { name: /open event/ }).click()
  await expect(page.getByRole('dialog')).toContainText('127.0.0.1')
  await expect(page).toHaveURL(/event=evt_/)
  await page.reload()
  await expect(page.getByRole('dialog').getByRole('heading', { name: 'Operator created' })).toBeVisible()
})

test('the last administrator cannot be removed, and the page says why', async ({ browser }) => {
  const page = await openPageAs(browser, console, operators.administrator)
  await page.goto('/settings/operators?role=administrator')
  await page.getByRole('button', { name: 'Actions for Ada' }).click()
  const item = page.getByRole('menuitem', { name: /Remove/ })
  await expect(item).toContainText('This is the last administrator.')
  await expect(item).toHaveAttribute('aria-disabled', 'true')
  await item.click({ force: true })
  await expect(page.getByRole('dialog')).toHaveCount(0)
})

test('an API token is shown once, works, and is refused once it is revoked', async ({ browser }) => {
  const page = await openPageAs(browser, console, operators.administrator)
  await page.goto('/settings/api-tokens')
  await page.getByRole('button', { name: 'Create API token' }).click()
  const dialog = page.getByRole('dialog')
  await dialog.getByLabel('Name').fill('grafana')
  await dialog.getByRole('button', { name: 'Create API token' }).click()
  const token = (await dialog.getByRole('region', { name: 'API token' }).innerText()).trim()
  await dialog.getByRole('button', { name: 'Done' }).click()
  const whoami = async () =>
    (await fetch(`${console.url}/api/v1/whoami`, { headers: { authorization: `Bearer ${token}` } })).status
  expect(await whoami()).toBe(200)

  await page.getByRole('button', { name: 'Actions for grafana' }).click()
  await page.getByRole('menuitem', { name: 'Revoke' }).click()
  await dialog.getByRole('button', { name: 'Revoke API token' }).click()
  await expect(page.getByRole('row', { name: /grafana/ })).toContainText('Revoked')
  expect(await whoami()).toBe(401)
  expect(await page.content()).not.toContain(token)
})

test('a viewer sees what it may not, and why, and still looks after its own account', async ({ browser }) => {
  const page = await openPageAs(browser, console, operators.viewer)
  for (const [path, button, permission] of [
    ['/settings/operators', 'Invite operator', 'operators.write'],
    ['/settings/api-tokens', 'Create API token', 'api_tokens.write'],
  ] as const) {
    await page.goto(path)
    const control = page.getByRole('button', { name: button })
    await expect(control).toHaveAttribute('aria-disabled', 'true')
    await expect(control).toContainText(permission)
  }
  await page.goto('/settings/sessions')
  await expect(page.getByRole('row')).toHaveCount(2)
  await expect(page.getByRole('row', { name: /This session/ })).toBeVisible()

  await page.goto('/settings/account')
  await page.getByRole('button', { name: 'Set up second factor' }).click()
  const dialog = page.getByRole('dialog')
  await dialog.getByLabel('Your password').fill('not the password')
  await dialog.getByRole('button', { name: 'Continue' }).click()
  await expect(dialog.getByText('This is not your password.')).toBeVisible()
  await dialog.getByLabel('Your password').fill(operators.viewer.password)
  await dialog.getByRole('button', { name: 'Continue' }).click()
  const secret = (await dialog.getByLabel('Key, to type instead').innerText()).replace(/\s/g, '')
  await dialog.getByLabel('Code', { exact: true }).fill(totpCode(secret))
  await dialog.getByRole('button', { name: 'Confirm' }).click()
  await expect(dialog.getByRole('list', { name: 'Recovery codes' }).getByRole('listitem')).toHaveCount(10)
  await dialog.getByRole('button', { name: 'Done' }).click()
  await expect(page.getByText('10 are left.')).toBeVisible()
})

test('ending all other sessions leaves this one alone', async ({ browser }) => {
  const { operator } = operators
  const page = await openPageAs(browser, console, operator)
  const elsewhere = await openPageAs(browser, console, null)
  await elsewhere.goto('/sign-in')
  await elsewhere.getByLabel('E-mail address').fill(operator.email)
  await elsewhere.getByLabel('Password').fill(operator.password)
  await elsewhere.keyboard.press('Enter')
  await expect(elsewhere.getByRole('heading', { name: 'Overview' })).toBeVisible()

  await page.goto('/settings/sessions')
  await expect(page.getByRole('row')).toHaveCount(3)
  await page.getByRole('button', { name: 'End my other sessions' }).click()
  await page.getByRole('button', { name: 'End other sessions' }).click()
  await expect(page.getByRole('row')).toHaveCount(2)
  await elsewhere.goto('/machines')
  await expect(elsewhere).toHaveURL('/sign-in?return=%2Fmachines')
})
