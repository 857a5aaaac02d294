import { afterEach, describe, expect, test } from 'vitest'
import { parseId } from '@/lib/domain/ids'
import { makeRequest } from '../../setup/prepare-service'
import { inParallel, until } from '../../verification/support/in-parallel'
import { openCluster, type Cluster } from '../support/cluster'
import { createDatabaseCluster, runOn, type DatabaseCluster } from '../support/database-cluster'

const cleanups: (() => Promise<unknown>)[] = []
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup()
})

async function open(kind: 'synchronous' | 'asynchronous'): Promise<{ databases: DatabaseCluster; cluster: Cluster }> {
  const databases = await createDatabaseCluster(kind)
  cleanups.push(() => databases.remove())
  const cluster = await openCluster(databases.place, {
    verificationNodes: 2,
    environment: { COUNTERSIGN_DECISION_DEADLINE_MS: '1500' },
  })
  cluster.lookAt(databases.primary.url)
  cleanups.push(() => cluster.close())
  return { databases, cluster }
}

const readiness = async (cluster: Cluster, node: number) =>
  (await (await fetch(`${cluster.world.server(node).url}/readyz`)).json()) as { ready: boolean; durability: string }

describe('the primary is killed under load and its standby promoted', () => {
  test('synchronous: every answered allow has its record there, none is accepted twice, and what is older is refused', async () => {
    const { databases, cluster } = await open('synchronous')
    const machines = [await cluster.service.enroll('one'), await cluster.service.enroll('two')]
    const doomed = await cluster.service.enroll('doomed')
    await cluster.recovered(machines[0]!)
    expect(await readiness(cluster, 1)).toMatchObject({ ready: true, durability: 'replicated' })
    const load = cluster.startLoad([...machines, doomed], { lanes: 2 })
    await load.moreAnswers(300)
    await cluster.revoke(doomed)
    await load.moreAnswers(50)
    await databases.primary.stop('immediate')
    await databases.standby.promote()
    // Its own standby is the one that was killed: nobody would confirm a commit.
    await runOn(databases.standby.url, `ALTER SYSTEM SET synchronous_standby_names = ''`)
    await runOn(databases.standby.url, 'SELECT pg_reload_conf()')
    const promotedAtMs = performance.now()
    cluster.lookAt(databases.standby.url)

    // Credentials created before the change was seen, and thirty seconds more, are refused; then all goes on by itself.
    await cluster.recovered(machines[0]!, 60_000)
    expect(performance.now() - promotedAtMs).toBeGreaterThan(25_000)
    await load.moreAnswers(100)
    const asked = await cluster.endLoad(load)
    expect(await cluster.violations()).toEqual([])
    const allowed = asked.filter(({ answer }) => answer?.code === 'allowed')
    expect(allowed.length).toBeGreaterThan(300)
    const again = await inParallel(allowed.slice(0, 300), 10, (each) =>
      cluster.service.ask(cluster.world.server(1), each.request),
    )
    expect(again.filter(({ status }) => status === 200)).toEqual([])
    for (const node of cluster.world.servers.keys()) {
      expect(await readiness(cluster, node)).toMatchObject({ ready: true, durability: 'single' })
    }
    // The management API has followed as well.
    expect((await cluster.world.server().api('GET', '/machines')).status).toBe(200)
    const { rows } = await cluster
      .pool()
      .query('SELECT detail FROM audit_event WHERE action = $1', ['deployment.restore_detected'])
    expect(rows).toHaveLength(1)

    // Somebody starts the old primary again: no node goes back to it.
    await databases.primary.start()
    await cluster.world.server(2).stop()
    const started = await cluster.world.restart(2)
    expect((await fetch(`${started.url}/readyz`)).status).toBe(200)
    await cluster.recovered(machines[1]!)
    expect(await cluster.violations()).toEqual([])
  })

  test('asynchronous and lagging: a credential whose record was lost is refused, not accepted again', async () => {
    const { databases, cluster } = await open('asynchronous')
    const machine = await cluster.service.enroll('lost')
    const unsent = await cluster.service.enroll('unsent')
    await cluster.recovered(machine)
    await cluster.recovered(unsent)
    // From here on the standby receives nothing; the primary goes on and answers.
    const standbyHas = async () => {
      const { rows } = await cluster
        .pool()
        .query<{ same: boolean }>(
          'SELECT bool_and(replay_lsn >= pg_current_wal_lsn()) AS same FROM pg_stat_replication',
        )
      return rows[0]?.same === true ? true : undefined
    }
    await until(standbyHas, 10_000, 'A standby that has all')
    await runOn(databases.standby.url, `ALTER SYSTEM SET primary_conninfo = ''`)
    await runOn(databases.standby.url, 'SELECT pg_reload_conf()')
    const isCut = async () => {
      const { rows } = await cluster.pool().query('SELECT 1 FROM pg_stat_replication')
      return rows.length === 0 ? true : undefined
    }
    await until(isCut, 10_000, 'A standby that is cut off')
    const load = cluster.startLoad([machine], { lanes: 2 })
    await load.moreAnswers(200)
    const lost = (await load.stop()).filter(({ answer }) => answer?.code === 'allowed')
    const neverSent = Array.from({ length: 20 }, () =>
      makeRequest(unsent, { authority: cluster.service.authority, target: '/before' }),
    )
    await databases.primary.stop('immediate')
    await databases.standby.promote()
    cluster.lookAt(databases.standby.url)
    const codes = new Set<string>()
    const answered = async () => {
      const answer = await cluster.service.ask(cluster.world.server(1), lost[0]!.request).catch(() => undefined)
      codes.add(answer?.code ?? 'no answer')
      return answer?.code === 'credential_expired' ? true : undefined
    }
    await until(answered, 20_000, 'An answer by the new primary')
    expect(codes).not.toContain('allowed')

    // The records are gone, and still nothing of before is accepted, spent or not, by any node.
    const { rows } = await cluster
      .pool()
      .query<{ count: string }>('SELECT count(*) FROM decision WHERE id = ANY ($1)', [
        lost.map(({ answer }) => parseId('dec', answer!.headers.get('countersign-decision')!)),
      ])
    expect(Number(rows[0]!.count)).toBe(0)
    const requests = [...lost.slice(0, 200).map(({ request }) => request), ...neverSent]
    for (const node of cluster.world.servers.keys()) {
      const again = await inParallel(requests, 10, (request) =>
        cluster.service.ask(cluster.world.server(node), request),
      )
      expect(again.filter(({ status }) => status === 200)).toEqual([])
    }
    await cluster.recovered(unsent, 60_000)
  })
})
