import { afterAll, beforeAll, expect, test } from 'vitest'
import { createTestPlace, type TestPlace } from '../setup/open-test-dependencies'
import { setUpAdministrator, type TestBrowser } from '../setup/sign-in'
import { startServer, type RunningServer } from '../setup/start-server'

let place: TestPlace
let server: RunningServer
let browser: TestBrowser

beforeAll(async () => {
  place = await createTestPlace('embedded')
  server = await startServer(place)
  browser = (await setUpAdministrator(server, place.dataDirectory)).browser
})
afterAll(async () => {
  await server.stop()
  await place.remove()
})

test.each([
  '/credential-use?decision=dec_01k3tt0z0ye00800014d2pf2db',
  '/audit-log?event=aud_01k3tt0z0ye00800014d2pf2db',
  '/enrollment?new=true',
])('%s, with a panel or dialog that the address opens, is rendered on the server', async (address) => {
  const response = await browser.fetch(address)
  expect(response.status).toBe(200)
  // React puts this template where rendering failed and the browser has to try again.
  expect(await response.text()).not.toContain('data-dgst')
})
