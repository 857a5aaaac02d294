import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { DatabaseKind } from '../setup/open-test-dependencies'
import { askNginxEndpoint, prepareService, type PreparedService } from '../setup/prepare-service'
import { runAgentCommand } from '../setup/run-agent-command'
import { openWorld, type World } from '../verification/support/open-world'

/**
 * Moments of a renewal at which the server dies, in milliseconds after the agent started: before, while and after. Fewer
 * embedded, where each start opens the database anew.
 */
const moments: Record<DatabaseKind, readonly number[]> = {
  postgresql: [60, 110, 140, 170, 200, 260],
  embedded: [60, 140, 200],
}

describe.each<DatabaseKind>(['postgresql', 'embedded'])('a server that dies while a machine renews, on %s', (kind) => {
  let world: World
  let service: PreparedService
  let folder: string
  let state: string
  let machineId: string

  beforeAll(async () => {
    world = await openWorld(kind)
    service = await prepareService(world.server())
    folder = await mkdtemp(path.join(tmpdir(), 'countersign-renewal-'))
    state = path.join(folder, 'state')
    const token = await world.server().api<{ token: string }>('POST', '/join-tokens', { name: 'one' })
    const enrolled = await runAgentCommand(
      state,
      ['enroll', '--server', world.server().url, '--token-file', '-', '--name', 'one'],
      token.body.token,
    )
    expect(enrolled).toMatchObject({ code: 0 })
    machineId = /mach_[0-9a-z]{26}/.exec(enrolled.stdout + enrolled.stderr)?.[0] ?? ''
  })
  afterAll(async () => {
    await world.close()
    await rm(folder, { recursive: true, force: true })
  })

  test('is met by the same renewal again: nobody is locked out, and nothing is taken for a copy', async () => {
    const outcomes: (number | null)[] = []
    for (const moment of moments[kind]) {
      const renewing = runAgentCommand(state, ['renew'])
      const timer = setTimeout(() => world.server().kill('SIGKILL'), moment)
      outcomes.push((await renewing).code)
      clearTimeout(timer)
      world.server().kill('SIGKILL')
      await world.server().exited()
      await world.restart()

      expect(await runAgentCommand(state, ['renew'])).toMatchObject({ code: 0 })
      const machine = await world.server().api<{ state: string }>('GET', `/machines/${machineId}`)
      expect(machine.body.state).toBe('active')
    }
    // Some met a living server and some did not, or the moments prove nothing.
    expect(outcomes).toContain(3)

    const signed = await runAgentCommand(state, ['sign', 'GET', `http://${service.authority}/after`])
    expect(signed).toMatchObject({ code: 0 })
    const headers = signed.stdout
      .trim()
      .split('\n')
      .map((line): [string, string] => [line.slice(0, line.indexOf(':')), line.slice(line.indexOf(':') + 1).trim()])
    const request = { method: 'GET', target: '/after', authority: service.authority, headers }
    const answer = await askNginxEndpoint(world.server().url, service.slug, service.gatewayKey, request)
    expect(answer).toMatchObject({ status: 200, code: 'allowed' })
  })
})
