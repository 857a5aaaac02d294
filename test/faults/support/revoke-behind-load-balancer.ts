import { expect } from 'vitest'
import { parseId } from '@/lib/domain/ids'
import { createTestPlace } from '../../setup/open-test-dependencies'
import { keepAsking } from '../../verification/support/keep-asking'
import { checkHistory } from '../model/check-history'
import { createAgentAsker } from './ask-over-agent'
import { openCluster } from './cluster'
import { startLoadBalancer } from './load-balancer'
import { readHistory, toEpoch } from './read-history'

/**
 * Three nodes behind a load balancer, ten machines, and one that is revoked in the middle. Then `revocations` more, of machines
 * that come as well, for the time that a call takes. Returns those times in milliseconds; throws what does not hold.
 */
export async function revokeBehindLoadBalancer(options: {
  readonly seconds: number
  readonly revocations: number
}): Promise<{ readonly tookMs: number; readonly others: readonly number[]; readonly answers: number }> {
  const place = await createTestPlace('postgresql')
  const cluster = await openCluster(place, {
    verificationNodes: 3,
    environment: { COUNTERSIGN_DECISION_DEADLINE_MS: '1500' },
  })
  // Revocations come through a node of their own, as in a deployment with a console beside.
  const balancer = await startLoadBalancer(cluster.world.servers.slice(1))
  const { service } = cluster
  const asker = createAgentAsker(balancer.url, service.slug, service.gatewayKey)
  try {
    const machines = await Promise.all(Array.from({ length: 10 }, (_, index) => service.enroll(`machine ${index}`)))
    const doomed = await Promise.all(
      Array.from({ length: options.revocations }, (_, index) => service.enroll(`doomed ${index}`)),
    )
    const load = keepAsking({
      servers: [cluster.world.server()],
      machines,
      authority: service.authority,
      ask: (_server, request) => asker.ask(request),
      lanes: 2,
      // Some two hundred requests a second: the question is whether they are answered rightly, not how many. The load, three
      // nodes, their database and whoever revokes share the machine, and a revocation is timed beside them.
      pauseMs: 100,
    })
    const ofDoomed = keepAsking({
      servers: [cluster.world.server()],
      machines: doomed,
      authority: service.authority,
      ask: (_server, request) => asker.ask(request),
      lanes: 1,
      pauseMs: 4_000,
    })
    const sleep = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms))
    await sleep(options.seconds * 500)
    const [revoked] = machines
    const calledAtMs = performance.now()
    const tookMs = await cluster.revoke(revoked!)
    const returnedAtMs = performance.now()
    const others: number[] = []
    const ends = [{ machine: parseId('mach', revoked!.id)!, returnedAtMs: toEpoch(returnedAtMs) }]
    for (const machine of doomed) {
      others.push(await cluster.revoke(machine))
      ends.push({ machine: parseId('mach', machine.id)!, returnedAtMs: toEpoch(performance.now()) })
      const restMs = (options.seconds * 400) / doomed.length - others.at(-1)!
      if (restMs > 0) await sleep(restMs)
    }
    await sleep(Math.max(0, returnedAtMs + options.seconds * 500 - performance.now()))
    const [asked, askedOfDoomed] = await Promise.all([load.stop(), ofDoomed.stop()])

    expect(checkHistory(await readHistory(cluster.pool(), [...asked, ...askedOfDoomed], ends))).toEqual([])
    const after = asked.filter((each) => each.machine === revoked && each.sentAtMs > returnedAtMs)
    expect(after.length).toBeGreaterThan(20)
    expect(new Set(after.map(({ answer }) => answer?.code))).toEqual(new Set(['machine_revoked']))
    // None of the others was wrongly denied, and none got no answer.
    const wrong = asked.filter(({ machine, answer }) => machine !== revoked && answer?.code !== 'allowed')
    expect(wrong.map(({ answer }) => answer?.code ?? 'no answer')).toEqual([])
    const before = asked.filter((each) => each.machine === revoked && each.answeredAtMs < calledAtMs)
    expect(new Set(before.map(({ answer }) => answer?.code))).toEqual(new Set(['allowed']))
    return { tookMs, others, answers: asked.length }
  } finally {
    asker.close()
    await balancer.close()
    await cluster.close()
  }
}

/** The smallest value that so many of 100 are not above. */
export function percentile(values: readonly number[], percent: number): number {
  return [...values].sort((a, b) => a - b)[Math.ceil((values.length * percent) / 100) - 1] ?? Number.NaN
}
