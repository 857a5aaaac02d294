import { cp, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { prepareService, type PreparedService } from '../setup/prepare-service'
import { runAgentCommand } from '../setup/run-agent-command'
import { openWorld, type World } from '../verification/support/open-world'

let world: World
let service: PreparedService
let folder: string

beforeAll(async () => {
  world = await openWorld('postgresql')
  service = await prepareService(world.server())
  folder = await mkdtemp(path.join(tmpdir(), 'countersign-copy-'))
})
afterAll(async () => {
  await world.close()
  await rm(folder, { recursive: true, force: true })
})

async function enroll(name: string): Promise<{ state: string; id: string }> {
  const state = path.join(folder, name)
  const token = await world.server().api<{ token: string }>('POST', '/join-tokens', { name })
  const args = ['enroll', '--server', world.server().url, '--token-file', '-', '--name', name]
  const enrolled = await runAgentCommand(state, args, token.body.token)
  expect(enrolled).toMatchObject({ code: 0 })
  return { state, id: /mach_[0-9a-z]{26}/.exec(enrolled.stdout + enrolled.stderr)?.[0] ?? '' }
}

const stateOf = async (id: string) => (await world.server().api<{ state: string }>('GET', `/machines/${id}`)).body.state

test('a copied state directory used beside the original: that machine is quarantined, others go on', async () => {
  const [original, bystander] = [await enroll('original'), await enroll('bystander')]
  const thief = path.join(folder, 'thief')
  await cp(original.state, thief, { recursive: true, filter: (file) => !/lock\.\d+$|\.sock$/.test(file) })

  const url = `http://${service.authority}/x`
  expect(await runAgentCommand(original.state, ['sign', 'GET', url])).toMatchObject({ code: 0 })
  const copy = await runAgentCommand(thief, ['sign', 'GET', url])
  expect(copy).toMatchObject({ code: 1, stderr: expect.stringContaining('quarantined') as string })
  expect(await stateOf(original.id)).toBe('quarantined')
  // Who is the copy cannot be told from here: neither goes on until an operator has looked.
  expect(await runAgentCommand(original.state, ['sign', 'GET', url])).toMatchObject({ code: 1 })

  expect(await stateOf(bystander.id)).toBe('active')
  expect(await runAgentCommand(bystander.state, ['sign', 'GET', url])).toMatchObject({ code: 0 })
  const events = await world
    .server()
    .api<{ items: { action: string; target: { id: string } }[] }>('GET', '/audit-events')
  const quarantines = events.body.items.filter(({ action }) => action === 'machine.quarantine')
  expect(quarantines.map(({ target }) => target.id)).toEqual([original.id])
})
