import { X509Certificate } from 'node:crypto'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { expect, test, type Locator, type Page } from '@playwright/test'
import { gatewayConfigurations } from '@/lib/domain/gateway/configuration/gateway-configuration'
import { provesByCertificate } from '@/lib/domain/gateway/gateway-profile'
import { gatewayKinds, profileOf, startGateway, type GatewayKind } from '@/test/gateways/gateway-kinds'
import { prepareGatewayTls } from '@/test/gateways/prepare-gateway-tls'
import { startProtectedBackend } from '@/test/gateways/protected-backend'
import { runAgentCommand, startAgentCommand } from '@/test/setup/run-agent-command'
import { testPassword, totpCode } from '@/test/setup/sign-in'
import { freePort } from '@/test/setup/free-port'
import { openConsoleServer, openPageAs } from './support/open-console'
import { runShownCommand } from './support/run-shown-command'

const email = 'ada@example.org'

let cleanups: (() => Promise<unknown>)[]
test.beforeEach(() => {
  cleanups = []
})
test.afterEach(async () => {
  for (const cleanup of cleanups.reverse()) await cleanup()
})

// Each has a deployment and a gateway of its own, and is long.
test.describe.configure({ mode: 'parallel' })

// Over gRPC the console's files are the same, and the dialog too.
const kinds = gatewayKinds.filter((kind) => kind !== 'envoy-grpc')
for (const kind of kinds) {
  test(`from an empty system to a machine that is cut off, behind ${kind}, all in the browser`, async ({ browser }) => {
    const tls = provesByCertificate(profileOf[kind]) ? await prepareGatewayTls() : undefined
    cleanups.push(() => tls?.remove() ?? Promise.resolve())
    const console = await openConsoleServer(tls?.environment)
    cleanups.push(() => console.close())
    const page = await openPageAs(browser, console, null)

    const totpSecret = await setUp(page, await readSetUpPath(console.place.dataDirectory))
    await expect(page.getByRole('heading', { level: 1, name: 'Overview' })).toBeVisible()
    await page.getByRole('button', { name: /^Account and theme/ }).click()
    await page.getByRole('menuitem', { name: 'Sign out' }).click()
    await signIn(page, totpSecret)

    const port = await freePort()
    const host = `127.0.0.1:${port}`
    await page.getByRole('link', { name: 'Add a service' }).click()
    await page.getByLabel('Slug').fill('orders')
    await page.getByRole('textbox', { name: 'Authority' }).fill(host)
    await page.getByRole('button', { name: 'Create service' }).click()
    await expect(page.getByRole('heading', { level: 1, name: 'orders' })).toBeVisible()

    const backend = await startProtectedBackend({
      service: 'orders',
      jwksUrl: `${console.server.url}/.well-known/jwks.json`,
      issuer: console.url,
    })
    cleanups.push(() => backend.close())
    const backendAddress = `127.0.0.1:${backend.port}`
    const proved = tls
      ? await createGatewayWithCertificate(page, kind, backendAddress, tls.gatewayTls.files.gatewayCertificate)
      : await createGatewayWithKey(page, kind, backendAddress)
    const gateway = await startGateway[kind]({
      ...{ port, host, ...proved, ...(tls && { gatewayTls: tls.gatewayTls }) },
      serverPort: console.server.port,
      backendPort: backend.port,
      slug: 'orders',
    })
    cleanups.push(() => gateway.stop())
    await page.getByRole('button', { name: 'Probe' }).click()
    await expect(
      page
        .getByText(/protected/i)
        .filter({ hasNotText: '?' })
        .first(),
    ).toBeVisible()

    const [first, second] = [await makeFolder(), await makeFolder()]
    const command = await createJoinToken(page)
    for (const [index, folder] of [first, second].entries()) {
      const ran = await runShownCommand(command, folder)
      expect(ran, ran.output).toMatchObject({ code: 0 })
      await expect(page.getByText(`${index + 1} of 2 enrolled`)).toBeVisible()
    }
    await page.getByRole('button', { name: 'Done' }).click()
    const [firstId, secondId] = [await readMachineId(first), await readMachineId(second)]
    for (const folder of [first, second]) await startAgent(folder)

    await page.goto('/credential-use?live=true')
    await expect(page.getByRole('status').filter({ hasText: 'Live' })).toBeVisible()
    const url = `http://${host}/v1/orders/7`
    const call = (folder: string) => runAgentCommand(path.join(folder, 'state'), ['fetch', 'GET', url])
    for (const folder of [first, second]) expect(await call(folder)).toMatchObject({ code: 0 })
    await expect(rowsOf(page, 'Allowed')).toHaveCount(2)

    const signed = await runAgentCommand(path.join(first, 'state'), ['sign', 'GET', url])
    expect(signed).toMatchObject({ code: 0 })
    const headers = signed.stdout
      .trim()
      .split('\n')
      .map((line): [string, string] => [line.slice(0, line.indexOf(':')), line.slice(line.indexOf(':') + 1).trim()])
    expect((await fetch(url, { headers })).status).toBe(200)
    const again = await fetch(url, { headers })
    expect([again.status, await again.text()]).toEqual([401, expect.stringContaining('credential_replayed')])
    await expect(rowsOf(page, 'Denied').filter({ hasText: 'Replay' })).toHaveCount(1)
    expect(backend.served).toHaveLength(3)

    await page.goto(`/machines/${firstId}`)
    await page.getByRole('button', { name: 'Revoke' }).click()
    const dialog = page.getByRole('dialog')
    await dialog.getByLabel('Reason').fill('Its image was published by mistake.')
    await dialog.getByRole('button', { name: 'Revoke machine' }).click()
    await expect(page.getByText(/Revoked\. In force on every node after [\d.]+ m?s\. Last allowed use/)).toBeVisible()
    const refused = await call(first)
    expect(refused.code).not.toBe(0)
    expect(refused.stdout + refused.stderr).toContain('machine_revoked')
    expect(await call(second)).toMatchObject({ code: 0 })
    expect(backend.served.map(({ countersign }) => countersign.machine?.id)).toEqual([
      firstId,
      secondId,
      firstId,
      secondId,
    ])
    expect(page.complaints.filter((complaint) => !complaint.includes('status of 401'))).toEqual([])
  })
}

async function makeFolder(): Promise<string> {
  const folder = await mkdtemp(path.join(tmpdir(), 'countersign-machine-'))
  cleanups.push(() => rm(folder, { recursive: true, force: true }))
  return folder
}

async function readSetUpPath(dataDirectory: string): Promise<string> {
  return new URL((await readFile(path.join(dataDirectory, 'set-up-link'), 'utf8')).trim()).pathname
}

/** @returns the secret of the second factor, as a person without a camera would type it */
async function setUp(page: Page, setUpPath: string): Promise<string> {
  await page.goto(setUpPath)
  await page.getByLabel('Name').fill('Ada')
  await page.getByLabel('E-mail address').fill(email)
  await page.getByLabel('Password').fill(testPassword)
  await page.getByRole('button', { name: 'Create administrator' }).click()
  await expect(page.getByRole('img', { name: /^QR code/ })).toBeVisible()
  const secret = ((await page.locator('code').textContent()) ?? '').replaceAll(' ', '')
  await page.getByLabel('Code', { exact: true }).fill(totpCode(secret))
  await page.getByRole('button', { name: 'Confirm' }).click()
  await expect(page.getByRole('list', { name: 'Recovery codes' }).getByRole('listitem')).toHaveCount(10)
  await page.getByRole('button', { name: 'Done' }).click()
  return secret
}

async function signIn(page: Page, totpSecret: string): Promise<void> {
  await page.getByLabel('E-mail address').fill(email)
  await page.getByLabel('Password').fill(testPassword)
  await page.getByRole('button', { name: 'Sign in' }).click()
  await page.getByLabel('Code', { exact: true }).fill(totpCode(totpSecret, 1))
  await page.getByRole('button', { name: 'Continue' }).click()
  await expect(page.getByRole('heading', { level: 1, name: 'Overview' })).toBeVisible()
}

/** @returns the dialog that then asks for the gateway's proof, or shows it */
async function createGateway(page: Page, kind: GatewayKind): Promise<Locator> {
  await page.getByRole('button', { name: 'New gateway' }).first().click()
  const dialog = page.getByRole('dialog')
  await dialog.getByLabel('Name').fill(`orders-${kind}`)
  await dialog.getByLabel('Kind').selectOption(profileOf[kind])
  await dialog.getByRole('button', { name: 'Create gateway' }).click()
  return dialog
}

/** @returns the key, and the files, as the page shows them this once */
async function createGatewayWithKey(page: Page, kind: GatewayKind, backend: string) {
  const dialog = await createGateway(page, kind)
  const gatewayKey = (await shownIn(dialog, 'Gateway key').textContent()) ?? ''
  expect(gatewayKey).toMatch(/^csg_/)
  const files = await readFiles(dialog, kind, backend)
  await page.keyboard.press('Escape')
  await dialog.getByRole('button', { name: 'Done' }).click()
  await expect(page.locator('body')).not.toContainText(gatewayKey)
  return { gatewayKey, files }
}

/** @returns no key, and the files as the page shows them beside the pinned certificate */
async function createGatewayWithCertificate(page: Page, kind: GatewayKind, backend: string, certificateFile: string) {
  const dialog = await createGateway(page, kind)
  const certificate = await readFile(certificateFile, 'utf8')
  // What must not leave the gateway does not even leave the browser.
  const sent: string[] = []
  page.on('request', (request) => sent.push(request.postData() ?? ''))
  await dialog.getByLabel('Certificate').fill(certificate.replaceAll('CERTIFICATE', 'PRIVATE KEY'))
  await dialog.getByRole('button', { name: 'Pin certificate' }).click()
  await expect(dialog.getByText('This must not hold a private key: that stays on the gateway.')).toBeVisible()
  expect(sent.filter((body) => body.includes('PRIVATE KEY'))).toEqual([])
  await dialog.getByLabel('Certificate').fill(certificate)
  await dialog.getByRole('button', { name: 'Pin certificate' }).click()
  await expect(dialog).toHaveCount(0)
  const fingerprint = new X509Certificate(certificate).fingerprint256.replaceAll(':', '').toLowerCase()
  await expect(page.getByRole('list', { name: `Keys of orders-${kind}` })).toContainText(`sha256:${fingerprint}`)
  await page.getByRole('tab', { name: 'Configuration' }).click()
  await page.getByLabel('Gateway', { exact: true }).selectOption(profileOf[kind])
  const files = await readFiles(page.getByRole('main'), kind, backend)
  await page.getByRole('tab', { name: 'Gateways' }).click()
  return { gatewayKey: '', files }
}

const shownIn = (part: Locator, label: string) => part.getByRole('region', { name: label, exact: true })

async function readFiles(part: Locator, kind: GatewayKind, backend: string): Promise<Record<string, string>> {
  await part.getByLabel('Backend to protect').fill(backend)
  const nothing = { slug: 'orders', authorities: ['x'], serverUrl: 'http://x', backend, gatewayKey: '' } as const
  const files: Record<string, string> = {}
  for (const { name, place } of gatewayConfigurations[profileOf[kind]](nothing)) {
    files[name] = (await shownIn(part, place).textContent()) ?? ''
  }
  return files
}

/** @returns the command that the page shows */
async function createJoinToken(page: Page): Promise<string> {
  await page.goto('/enrollment')
  await page.getByRole('button', { name: 'New join token' }).first().click()
  const dialog = page.getByRole('dialog')
  await dialog.getByLabel('Name').fill('checkout, production')
  await dialog.getByLabel('Labels of the machines').fill('env=production\nworkload=checkout')
  await dialog.getByLabel('Machines that may enrol').fill('2')
  await dialog.getByRole('button', { name: /^Create/ }).click()
  await expect(dialog.getByText('Waiting for the first machine to enrol')).toBeVisible()
  return (await dialog.getByRole('region', { name: 'Run on the machine, in bash' }).textContent()) ?? ''
}

async function readMachineId(folder: string): Promise<string> {
  const state = JSON.parse(await readFile(path.join(folder, 'state/machine.json'), 'utf8')) as { machineId: string }
  return state.machineId
}

/** Resolves when it has renewed, and so can sign. */
async function startAgent(folder: string): Promise<void> {
  const agent = startAgentCommand(path.join(folder, 'state'), ['agent'])
  const ended = new Promise<void>((resolve) => agent.once('close', () => resolve()))
  cleanups.push(() => {
    agent.kill('SIGTERM')
    return ended
  })
  await new Promise<void>((resolve, reject) => {
    let written = ''
    agent.stderr?.on('data', (chunk: Buffer) => {
      written += chunk.toString()
      if (written.includes('Renewed: generation')) resolve()
    })
    agent.once('close', () => reject(new Error(`The agent ended: ${written}`)))
  })
}

function rowsOf(page: Page, outcome: 'Allowed' | 'Denied') {
  return page.locator('tbody tr').filter({ hasText: outcome })
}
