import { Client } from 'pg'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { createTestPlace, type TestPlace } from '../setup/open-test-dependencies'
import { askNginxEndpoint, makeRequest } from '../setup/prepare-service'
import { tryStartServer } from '../setup/start-server'
import type { TestMachine } from '../setup/test-machine'
import { until } from '../verification/support/in-parallel'
import { openCluster, type Cluster } from './support/cluster'
import { createPostgresPlace, type PostgresPlace } from './support/postgres-place'

const nodes = [0, 1, 2]
/** Verification nodes give up after 150 ms by themselves, which a machine that does other things as well may need. */
const deadlineMs = 1_500

describe('three nodes on one PostgreSQL', () => {
  let fault: PostgresPlace
  let cluster: Cluster
  let bystander: TestMachine

  beforeAll(async () => {
    fault = await createPostgresPlace()
    cluster = await openCluster(fault.place, {
      verificationNodes: 2,
      environment: { COUNTERSIGN_DECISION_DEADLINE_MS: String(deadlineMs) },
    })
    bystander = await cluster.service.enroll('bystander')
  })
  afterAll(async () => {
    for (const server of cluster.world.servers) server.kill('SIGCONT')
    await fault.thaw()
    await cluster.close()
    await fault.remove()
  })

  const call = async (method: string, path: string, body?: object) =>
    expect((await cluster.world.server().api(method, path, body)).status).toBeLessThan(300)
  const codes = async (machine: TestMachine, gatewayKey = cluster.service.gatewayKey) =>
    Promise.all(
      nodes.map(async (node) => {
        const sent = makeRequest(machine, { authority: cluster.service.authority, target: '/v1/orders' })
        return (await askNginxEndpoint(cluster.world.server(node).url, 'orders', gatewayKey, sent)).code
      }),
    )
  /** Runs this while no notice of another node arrives: stopped, not ended, the connections look merely quiet. */
  async function unheard(run: () => Promise<void>): Promise<void> {
    const find = async () => {
      const { rows } = await cluster
        .pool()
        .query<{ pid: number }>(`SELECT pid FROM pg_stat_activity WHERE application_name = 'countersign-listen'`)
      return rows.length === nodes.length ? rows : undefined
    }
    const listeners = await until(find, 20_000, 'A connection of each node that listens')
    for (const { pid } of listeners) process.kill(pid, 'SIGSTOP')
    try {
      await run()
    } finally {
      for (const { pid } of listeners) process.kill(pid, 'SIGCONT')
    }
  }
  const all = (code: string) => nodes.map(() => code)

  beforeEach(() =>
    call('PATCH', '/services/orders', { mode: 'enforce', machineSelector: {}, requireAsymmetric: false }),
  )

  test('accept a credential once, whichever of them it comes to', async () => {
    const machine = await cluster.service.enroll('once')
    await cluster.recovered(bystander)
    for (let round = 0; round < 20; round++) {
      const sent = makeRequest(machine, { authority: cluster.service.authority, target: '/once' })
      const answers = await Promise.all(
        [...nodes, ...nodes].map((node) => cluster.service.ask(cluster.world.server(node), sent)),
      )
      expect(answers.map(({ code }) => code).sort()).toEqual([
        'allowed',
        ...Array<string>(5).fill('credential_replayed'),
      ])
    }
  })

  test('hold every narrowing change when its call has returned, also when no notice reaches them', async () => {
    await unheard(async () => {
      const machine = await cluster.service.enroll('narrowed', { tier: 'gold' })
      const path = `/machines/${machine.id}`
      expect(await codes(machine)).toEqual(all('allowed'))

      await call('POST', `${path}/suspend`, { reason: 'a test' })
      expect(await codes(machine)).toEqual(all('machine_suspended'))
      await call('POST', `${path}/reinstate`, {})
      expect(await codes(machine)).toEqual(all('allowed'))

      await call('PATCH', '/services/orders', { machineSelector: { tier: 'gold' } })
      expect(await codes(machine)).toEqual(all('allowed'))
      await call('PUT', `${path}/labels`, { labels: { tier: 'lead' } })
      expect(await codes(machine)).toEqual(all('policy_denied'))
      await call('PUT', `${path}/labels`, { labels: { tier: 'gold' } })
      expect(await codes(machine)).toEqual(all('allowed'))
      await call('PATCH', '/services/orders', { machineSelector: { tier: 'nobody' } })
      expect(await codes(machine)).toEqual(all('policy_denied'))
      await call('PATCH', '/services/orders', { machineSelector: {} })
      await expect.poll(() => codes(machine), { timeout: 10_000 }).toEqual(all('allowed'))

      await call('PATCH', '/services/orders', { requireAsymmetric: true })
      expect(await codes(machine)).toEqual(all('algorithm_not_allowed'))
      await call('PATCH', '/services/orders', { requireAsymmetric: false })
      await expect.poll(() => codes(machine), { timeout: 10_000 }).toEqual(all('allowed'))

      const key = await cluster.world
        .server()
        .api<{ id: string; key: string }>('POST', `/gateways/${cluster.service.gatewayId}/keys`, {})
      // What widens needs no promise: a node reads its gateways again at most every 100 ms.
      await expect.poll(() => codes(machine, key.body.key), { timeout: 10_000 }).toEqual(all('allowed'))
      await call('DELETE', `/gateways/${cluster.service.gatewayId}/keys/${key.body.id}`)
      expect(await codes(machine, key.body.key)).toEqual(all('gateway_unknown'))

      // A copy seen by one node.
      const copy = machine.copy()
      expect(await codes(machine)).toEqual(all('allowed'))
      const sent = makeRequest(copy, { authority: cluster.service.authority, target: '/thief' })
      expect((await cluster.service.ask(cluster.world.server(1), sent)).code).toBe('credential_forked')
      await expect.poll(() => codes(machine), { timeout: 10_000 }).toEqual(all('machine_quarantined'))
    })
  })

  test('let nothing pass under observation once a service enforces', async () => {
    const machine = await cluster.service.enroll('observed')
    await call('POST', `/machines/${machine.id}/suspend`, { reason: 'a test' })
    for (let round = 0; round < 3; round++) {
      await call('PATCH', '/services/orders', { mode: 'observe' })
      await expect.poll(() => codes(machine), { timeout: 10_000 }).toEqual(all('allowed'))
      await unheard(async () => {
        await call('PATCH', '/services/orders', { mode: 'enforce' })
        expect(await codes(machine)).toEqual(all('machine_suspended'))
      })
    }
  })

  test('hear of each other: what is given back works at once on all', async () => {
    const machine = await cluster.service.enroll('told')
    await call('PATCH', '/services/orders', { machineSelector: { tier: 'nobody' } })
    expect(await codes(machine)).toEqual(all('policy_denied'))
    await call('PATCH', '/services/orders', { machineSelector: {} })
    await expect.poll(() => codes(machine), { timeout: 4_000 }).toEqual(all('allowed'))
  })

  test('one is killed under load: what it answered is on record, and the others go on', async () => {
    const machines = [await cluster.service.enroll('one'), await cluster.service.enroll('two')]
    const load = cluster.startLoad(machines, { lanes: 2 })
    await load.moreAnswers(150)
    cluster.world.server(1).kill('SIGKILL')
    await cluster.world.server(1).exited()
    await load.moreAnswers(100)
    await cluster.world.restart(1)
    await load.moreAnswers(150)
    const asked = await cluster.endLoad(load)
    const codesOfAnswers = asked.flatMap(({ answer }) => answer?.code ?? [])
    // What was under way when the process ended is answered by nobody; nothing else is lost.
    expect(codesOfAnswers.filter((code) => code !== 'allowed')).toEqual([])
    await cluster.recovered(bystander)
    expect(await cluster.violations()).toEqual([])
  })

  test('one is frozen under load while another revokes: the call does not wait for it, and it allows nothing late', async () => {
    const machine = await cluster.service.enroll('cut off')
    const load = cluster.startLoad([machine, bystander], { lanes: 3, pauseMs: 0 })
    await load.moreAnswers(200)
    cluster.world.server(2).kill('SIGSTOP')
    const tookMs = await cluster.revoke(machine)
    expect(tookMs).toBeLessThan(2_000)
    const frozenUntilMs = performance.now() + deadlineMs
    await load.moreAnswers(100)
    while (performance.now() < frozenUntilMs) await load.moreAnswers(1)
    const thawedAtMs = performance.now()
    cluster.world.server(2).kill('SIGCONT')
    await load.moreAnswers(200)
    const asked = await cluster.endLoad(load)
    // What the frozen node had not read yet came late to it, and is decided as of then.
    const late = asked.filter((each) => each.sentAtMs < thawedAtMs - deadlineMs && each.answeredAtMs > thawedAtMs)
    expect(late.length).toBeGreaterThan(0)
    expect(late.filter((each) => each.machine === machine && each.answer?.code === 'allowed')).toEqual([])
    expect(await cluster.violations()).toEqual([])
  })

  test('PostgreSQL’s process for decisions is killed in the middle of a batch: all nodes live on', async () => {
    const load = cluster.startLoad([bystander], { lanes: 4, pauseMs: 0 })
    for (let round = 0; round < 2; round++) {
      await load.moreAnswers(200)
      const { rows } = await cluster
        .pool()
        .query<{ pid: number }>(
          `SELECT pid FROM pg_stat_activity WHERE query LIKE 'SELECT%decide(%' AND pid <> pg_backend_pid()`,
        )
      // Not asked to end, which says goodbye: killed. The server restarts all of its processes on it.
      if (rows[0]) process.kill(rows[0].pid, 'SIGKILL')
      await cluster.recovered(bystander)
    }
    await cluster.endLoad(load)
    for (const { child } of cluster.world.servers) expect(child.exitCode).toBeNull()
    expect(await cluster.violations()).toEqual([])
  })

  // Last: PostgreSQL itself.
  test('PostgreSQL is killed under load: what was answered is on record, and all nodes come back by themselves', async () => {
    const machine = await cluster.service.enroll('through the crash')
    const load = cluster.startLoad([machine], { lanes: 4 })
    await load.moreAnswers(150)
    await fault.kill()
    await fault.postgres.start()
    await cluster.recovered(bystander)
    await load.moreAnswers(100)
    await cluster.endLoad(load)
    expect(await cluster.violations()).toEqual([])
    for (const { child } of cluster.world.servers) expect(child.exitCode).toBeNull()
  })
})

test('two servers that start at once on an empty database are one deployment', async () => {
  const place = await createTestPlace('postgresql')
  const other = await createTestPlace('embedded')
  const second: TestPlace = {
    ...place,
    dataDirectory: other.dataDirectory,
    environment: { ...place.environment, COUNTERSIGN_DATA_DIR: other.dataDirectory },
  }
  const environment = { COUNTERSIGN_ROLE: 'verification' }
  const started = await Promise.all([tryStartServer(place, { environment }), tryStartServer(second, { environment })])
  const servers = started.flatMap((each) => (each.outcome === 'started' ? [each.server] : []))
  const client = new Client({ connectionString: place.environment.DATABASE_URL })
  try {
    expect(started.map((each) => (each.outcome === 'ended' ? each.output : 'started'))).toEqual(['started', 'started'])
    const ready = await Promise.all(servers.map(async ({ url }) => (await fetch(`${url}/readyz`)).status))
    expect(ready).toEqual([200, 200])
    await client.connect()
    const { rows } = await client.query(
      `SELECT (SELECT count(*)::int FROM deployment) AS deployments, (SELECT count(*)::int FROM deployment_key) AS keys`,
    )
    expect(rows).toEqual([{ deployments: 1, keys: 4 }])
  } finally {
    await client.end()
    await Promise.all(servers.map((server) => server.stop()))
    await place.remove()
    await other.remove()
  }
})
