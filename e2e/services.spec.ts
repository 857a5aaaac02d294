import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Page } from '@playwright/test'
import { startGateway } from '@/test/gateways/gateway-kinds'
import { freePort } from '@/test/setup/free-port'
import { expect, test } from './support/console-test'
import {
  createOperators,
  openConsoleServer,
  openPageAs,
  type ConsoleServer,
  type Operators,
} from './support/open-console'

/** From a new service to one that is proved to be protected, in the browser, with what the browser shows. */
let console: ConsoleServer
let operators: Operators
let backend: Server

test.beforeAll(async () => {
  console = await openConsoleServer()
  operators = await createOperators(console)
  backend = createServer((_request, response) => void response.end('anybody may read this'))
  await new Promise<void>((resolve) => backend.listen(0, '127.0.0.1', resolve))
})
test.afterAll(async () => {
  await new Promise((resolve) => backend.close(resolve))
  await console.close()
})

const textOf = (page: Page, name: string) => page.getByRole('dialog').getByRole('region', { name }).innerText()

test('a service is made, given a gateway and a key, found open, and then protected', async ({ browser }) => {
  const port = await freePort()
  const { port: backendPort } = backend.address() as AddressInfo
  await console.server.api('POST', '/services', { slug: 'taken', authorities: [{ authority: 'taken.example' }] })
  const page = await openPageAs(browser, console, operators.administrator)

  await page.goto('/services/new')
  await page.getByRole('button', { name: 'Create service' }).click()
  await expect(page.getByLabel('Slug')).toBeFocused()
  await expect(page.getByText('A slug takes 1 to 63 of a-z, 0-9 and dash.')).toBeVisible()
  await page.getByLabel('Slug').fill('orders')
  await page.getByRole('textbox', { name: 'Authority' }).fill('taken.example')
  await page.getByRole('button', { name: 'Create service' }).click()
  await expect(page.getByText('This is claimed by the service taken.')).toBeVisible()
  await page.getByRole('textbox', { name: 'Authority' }).fill(`127.0.0.1:${backendPort}`)
  await page.getByRole('button', { name: 'Create service' }).click()
  await expect(page.getByRole('heading', { level: 1, name: 'orders' })).toBeVisible()

  await page.getByRole('button', { name: 'Probe' }).click()
  await expect(page.getByText('Open: something answered, and Countersign was not asked.')).toBeVisible()

  // The gateway takes the backend's place in the service.
  await page.getByRole('tab', { name: 'Settings' }).click()
  await page.getByRole('textbox', { name: 'Authority' }).fill(`127.0.0.1:${port}`)
  await page.getByRole('button', { name: 'Save settings' }).click()
  await expect(page.getByRole('dialog')).toContainText(`Requests to 127.0.0.1:${backendPort} are denied`)
  await page.getByRole('dialog').getByRole('button', { name: 'Save settings' }).click()
  await expect(page.getByText('Settings saved', { exact: true })).toBeVisible()

  await page.getByRole('tab', { name: 'Gateways' }).click()
  await page.getByRole('button', { name: 'New gateway' }).first().click()
  await expect(page).toHaveURL(/new-gateway=true/)
  await page.getByLabel('Name').fill('orders-gate')
  await page.getByLabel('Kind').selectOption('gate')
  await page.getByRole('button', { name: 'Create gateway' }).click()
  await page.getByLabel('Backend to protect').fill(`127.0.0.1:${backendPort}`)
  const key = (await textOf(page, 'Gateway key')).trim()
  expect(key).toMatch(/^csg_/)
  const files = {
    'gateway.key': await textOf(page, '/etc/countersign/gateway.key'),
    'gate.sh': await textOf(page, 'the command'),
  }
  expect(files['gateway.key']).toContain(key)
  await page.keyboard.press('Escape')
  await expect(page.getByRole('dialog')).toBeVisible()
  await page.getByRole('button', { name: 'Done' }).click()
  await expect(page.getByRole('dialog')).toHaveCount(0)
  expect(await page.content()).not.toContain(key)
  expect(page.url()).not.toContain('csg_')
  expect(
    await page.evaluate(() => JSON.stringify([Object.entries(localStorage), Object.entries(sessionStorage)])),
  ).not.toContain('csg_')

  const gate = await startGateway.gate({
    ...{ serverPort: console.server.port, backendPort, gatewayKey: key, slug: 'orders', host: `127.0.0.1:${port}` },
    ...{ port, files },
  })
  try {
    await page.getByRole('button', { name: 'Probe' }).click()
    await expect(page.getByText('Protected: the gateway asked')).toBeVisible()
    await expect(page.getByText('Status 401, after')).toBeVisible()
  } finally {
    await gate.stop()
  }
  await page.getByRole('link', { name: 'Open the decision' }).click()
  await expect(page.getByRole('dialog')).toContainText('countersign-probe-')
  // A 409 is logged by the browser itself.
  expect(page.complaints.filter((text) => !text.includes('409'))).toEqual([])
})

test('a gateway has two keys at most; one is replaced without the other', async ({ browser }) => {
  await console.server.api('POST', '/services', { slug: 'billing', authorities: [{ authority: 'billing.example' }] })
  await console.server.api('POST', '/gateways', { name: 'billing-nginx', profile: 'nginx', services: ['billing'] })
  const page = await openPageAs(browser, console, operators.administrator)
  await page.goto('/services/billing')
  await expect(page.getByText('It has no key, so it can ask nothing: add one.')).toBeVisible()
  for (const count of [1, 2]) {
    await page.getByRole('button', { name: 'Add key' }).click()
    await expect(page.getByRole('dialog').getByRole('region', { name: 'Gateway key' })).toBeVisible()
    await page.getByRole('button', { name: 'Done' }).click()
    await expect(page.getByRole('list', { name: 'Keys of billing-nginx' }).getByRole('listitem')).toHaveCount(count)
  }
  const add = page.getByRole('button', { name: /^Add key/ })
  await expect(add).toHaveAttribute('aria-disabled', 'true')
  await add.focus()
  await expect(page.getByRole('tooltip')).toContainText('The gateway has 2 keys already.')

  await page
    .getByRole('button', { name: /^Remove key/ })
    .first()
    .click()
  await expect(page.getByRole('dialog')).toContainText('The other key goes on working.')
  await page.getByRole('dialog').getByRole('button', { name: 'Remove key' }).click()
  await expect(page.getByText('Key removed', { exact: true })).toBeVisible()
  await expect(page.getByRole('list', { name: 'Keys of billing-nginx' }).getByRole('listitem')).toHaveCount(1)
  await page.getByRole('button', { name: /^Remove key/ }).click()
  await expect(page.getByRole('dialog')).toContainText('It is the only key')
  expect(page.complaints).toEqual([])
})

test('what lets more through is said before it is in force; a change in between is not overwritten', async ({
  browser,
}) => {
  await console.server.api('POST', '/services', { slug: 'stock', authorities: [{ authority: 'stock.example' }] })
  const page = await openPageAs(browser, console, operators.administrator)
  await page.goto('/services/stock?tab=settings')
  await page.getByLabel('Mode').selectOption('observe')
  await page.getByRole('button', { name: 'Save settings' }).click()
  await expect(page.getByRole('dialog')).toContainText('Nothing is denied any more')
  await page.getByRole('dialog').getByRole('button', { name: 'Cancel' }).click()
  expect((await console.server.api('GET', '/services/stock')).body).toMatchObject({ mode: 'enforce', version: 1 })

  await console.server.api('PATCH', '/services/stock', { name: 'Stock of somebody else' })
  await page.getByRole('button', { name: 'Save settings' }).click()
  await page.getByRole('dialog').getByRole('button', { name: 'Save settings' }).click()
  await expect(page.getByText('The settings were not saved')).toBeVisible()
  expect((await console.server.api('GET', '/services/stock')).body).toMatchObject({ mode: 'enforce', version: 2 })
  await page.getByRole('button', { name: 'Refresh' }).click()
  await page.getByRole('button', { name: 'Load the present settings' }).click()
  await expect(page.getByLabel('Display name')).toHaveValue('Stock of somebody else')
  await page.getByLabel('Mode').selectOption('observe')
  await page.getByRole('button', { name: 'Save settings' }).click()
  await page.getByRole('dialog').getByRole('button', { name: 'Save settings' }).click()
  await expect(page.getByText('It observes, and protects nothing yet')).toBeVisible()

  await page.getByRole('button', { name: 'Retire', exact: true }).click()
  await page.getByRole('dialog').getByRole('button', { name: 'Retire service' }).click()
  await expect(page.getByRole('button', { name: 'Bring back' })).toBeVisible()
  await expect(page.getByRole('button', { name: /^Probe/ })).toHaveAttribute('aria-disabled', 'true')
})

test('an operator sees services and why nothing can be changed', async ({ browser }) => {
  await console.server.api('POST', '/services', { slug: 'hr', authorities: [{ authority: 'hr.example' }] })
  const page = await openPageAs(browser, console, operators.operator)
  await page.goto('/services')
  await expect(page.getByRole('link', { name: 'hr' })).toBeVisible()
  await expect(page.getByRole('button', { name: /^New service/ })).toHaveAttribute('aria-disabled', 'true')
  await page.goto('/services/hr?tab=settings')
  for (const name of [/^Probe/, /^Save settings/, /^Retire/]) {
    await expect(page.getByRole('button', { name })).toHaveAttribute('aria-disabled', 'true')
  }
  await page.getByLabel('Display name').press('Enter')
  await expect(page.getByText('The settings were not saved')).toHaveCount(0)
  await page.goto('/services/no-such-service')
  await expect(page.getByText('There is no such service')).toBeVisible()
})
