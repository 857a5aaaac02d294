import { spawn } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { expect, test } from './support/console-test'
import {
  createOperators,
  openConsoleServer,
  openPageAs,
  type ConsoleServer,
  type Operators,
} from './support/open-console'
import { seedConsole, type SeededConsole } from './support/seed-console'

/** Machines come in by the command that the browser shows, and come back out of quarantine by somebody's word. */
let console: ConsoleServer
let operators: Operators
let seeded: SeededConsole
let folder: string

test.beforeAll(async () => {
  console = await openConsoleServer()
  operators = await createOperators(console)
  seeded = await seedConsole(console)
  folder = await mkdtemp(path.join(tmpdir(), 'countersign-enroll-'))
})
test.afterAll(async () => {
  await rm(folder, { recursive: true, force: true })
  await console.close()
})

async function runInBash(text: string): Promise<number | null> {
  const { PATH } = process.env
  const child = spawn('bash', ['--noprofile', '--norc'], {
    cwd: folder,
    stdio: ['pipe', 'ignore', 'ignore'],
    env: { NODE_ENV: 'production', PATH, HOME: folder, COUNTERSIGN_STATE_DIR: path.join(folder, 'state') },
  })
  child.stdin.end(`${text}\n`)
  return new Promise((resolve) => child.once('close', resolve))
}

test('a join token is shown once, in the command that enrols a machine, which appears by itself', async ({
  browser,
}) => {
  const page = await openPageAs(browser, console, operators.operator)
  await page.goto('/enrollment')
  await page.getByRole('button', { name: 'New join token' }).click()
  await expect(page).toHaveURL(/new=true/)
  await page.getByRole('button', { name: 'Create join token' }).click()
  await expect(page.getByText('This is needed.')).toBeVisible()
  await page.getByLabel('Name').fill('checkout, production')
  await page.getByLabel('Labels of the machines').fill('ENV=x')
  await page.getByLabel('Machines that may enrol').fill('many')
  await page.getByRole('button', { name: 'Create join token' }).click()
  await expect(page.getByText('Takes a whole number from 1 to 1,000,000.')).toBeVisible()
  await expect(page.getByText(/ENV: /)).toBeVisible()
  await page.getByLabel('Labels of the machines').fill('environment=production\nworkload=checkout')
  await page.getByLabel('Machines that may enrol').fill('2')
  await page.getByRole('button', { name: 'Create join token' }).click()

  const dialog = page.getByRole('dialog')
  await expect(dialog).toContainText('Waiting for the first machine to enrol')
  const command = await dialog.getByRole('region', { name: 'Run on the machine, in bash' }).innerText()
  const token = /csj_\S+/.exec(command)?.[0] ?? 'none'
  await page.keyboard.press('Escape')
  await expect(dialog).toBeVisible()
  expect(await runInBash(command)).toBe(0)
  await expect(dialog).toContainText('1 of 2 enrolled')
  const link = dialog.getByRole('link')
  await expect(link).toHaveAttribute('href', /^\/machines\/mach_/)
  await dialog.getByRole('button', { name: 'Done' }).click()
  expect(await page.content()).not.toContain(token)
  expect(page.url()).not.toContain('new=true')
  const row = page.getByRole('row').filter({ hasText: 'checkout, production' })
  await expect(row).toContainText('1 of 2')

  await row.getByRole('button', { name: 'Actions for' }).click()
  await page.getByRole('menuitem', { name: 'Revoke' }).click()
  await expect(dialog).toContainText('1 use of 2 is lost. The machine that enrolled with it stays')
  await dialog.getByRole('button', { name: 'Revoke join token' }).click()
  await expect(row).toContainText('Revoked')
  await row.getByRole('button', { name: 'Actions for' }).click()
  await expect(page.getByRole('menuitem', { name: 'Revoke' })).toContainText('It is revoked already.')
  expect(page.complaints).toEqual([])
})

test('a quarantined machine shows what was seen of its copy, and is released with a reason', async ({ browser }) => {
  const machine = seeded.machines.quarantined
  expect(await seeded.call(machine)).toBe('machine_quarantined')
  const page = await openPageAs(browser, console, operators.operator)
  await page.goto('/enrollment')
  await page.getByRole('tab', { name: 'Quarantine 1' }).click()
  await expect(page.getByText('Two requests carry the same number')).toBeVisible()
  const first = page.getByRole('region', { name: 'What was there first' })
  await expect(first.getByRole('link')).toHaveAttribute('href', /^\/credential-use\?decision=dec_/)
  await expect(page.getByRole('region', { name: 'What contradicts it' })).toContainText('192.0.2.7')

  await page.getByRole('button', { name: 'Release' }).click()
  const dialog = page.getByRole('dialog')
  await expect(dialog).toContainText('so is a copy that still holds its keys')
  await dialog.getByRole('button', { name: 'Release machine' }).click()
  await expect(dialog.getByText('Say why. The audit log keeps it.')).toBeVisible()
  await dialog.getByLabel('Reason').fill('The copy was a snapshot that we started by mistake; it is gone.')
  await dialog.getByRole('button', { name: 'Release machine' }).click()
  await expect(page.getByText('No machine is quarantined')).toBeVisible()
  const { body } = await console.server.api('GET', `/machines/${machine.id}`)
  expect(body).toMatchObject({ state: 'active' })
  expect(page.complaints).toEqual([])
})

test('a viewer makes no token, whatever the address says', async ({ browser }) => {
  const page = await openPageAs(browser, console, operators.viewer)
  await page.goto('/enrollment?new=true')
  await expect(page.getByRole('button', { name: /^New join token/ })).toHaveAttribute('aria-disabled', 'true')
  await expect(page.getByRole('table', { name: 'Join tokens' })).toBeVisible()
  await expect(page.getByRole('dialog')).toHaveCount(0)
})
