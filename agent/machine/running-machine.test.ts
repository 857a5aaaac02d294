import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { HttpField } from '@/lib/protocol'
import { parseRequestUrl } from '../http/parse-request-url'
import type { MachineState } from '../store/machine-state'
import { openTestMachine } from '../testing/open-test-machine'
import { startTestService, type TestService } from '../testing/start-test-service'
import { makeEs256Key } from '../testing/test-deployment'
import type { RenewalStep } from './generation-keeper'
import { SEQUENCE_BLOCK } from './sequence-numbers'

let service: TestService
let opened: Awaited<ReturnType<typeof openTestMachine>>
let steps: RenewalStep[]
let atStep: (step: RenewalStep) => void | Promise<void>

beforeEach(async () => {
  service = await startTestService()
  service.deployment.services = [
    {
      service: 'orders',
      authorities: [{ authority: 'orders.example', pathPrefix: '' }],
      coveredFields: ['authorization'],
    },
  ]
  steps = []
  atStep = () => undefined
  opened = await openTestMachine(service, {
    atStep: (step) => {
      steps.push(step)
      return atStep(step)
    },
  })
})

afterEach(async () => {
  await opened.close()
  await service.close()
})

const sign = (url = 'https://orders.example/a'): Promise<HttpField[]> => {
  const parsed = parseRequestUrl(url)
  return opened.machine.sign({ method: 'GET', headers: [], ...parsed })
}
const parameterOf = (fields: HttpField[], pattern: RegExp): string => {
  const input = fields.find(([name]) => name === 'Signature-Input')?.[1] ?? ''
  return pattern.exec(input)?.[1] ?? ''
}
const seqOf = (fields: HttpField[]): number => Number(parameterOf(fields, /nonce="(\d+)\./))
const generationOf = (fields: HttpField[]): number => Number(parameterOf(fields, /keyid="mach_\w+\.(\d+)"/))
const onDisk = (): MachineState =>
  JSON.parse(readFileSync(join(opened.stateDirectory, 'machine.json'), 'utf8')) as MachineState
const renewals = () => service.bodies.filter(({ path }) => path.endsWith('/renewals')).map(({ body }) => body)

describe('numbers', () => {
  test('rise from one, each given out once, also to many callers at the same time', async () => {
    await opened.machine.renew()
    const fields = await Promise.all(Array.from({ length: 3_000 }, () => sign()))
    expect(fields.map(seqOf).sort((a, b) => a - b)).toEqual(Array.from({ length: 3_000 }, (_, index) => index + 1))
  })

  test('are on disk as reserved before they are used', async () => {
    await opened.machine.renew()
    expect(onDisk().lastSeq).toBe(SEQUENCE_BLOCK)
    for (let count = 1; count <= SEQUENCE_BLOCK; count += 1) await sign()
    expect(onDisk().lastSeq).toBe(SEQUENCE_BLOCK)
    await sign()
    expect(onDisk().lastSeq).toBe(2 * SEQUENCE_BLOCK)
  })

  test('begin again with each generation', async () => {
    await opened.machine.renew()
    await sign()
    await opened.machine.renew()
    const fields = await sign()
    expect([generationOf(fields), seqOf(fields)]).toEqual([3, 1])
  })

  test('above the one that a renewal stated are never used in that generation, however long its answer takes', async () => {
    await opened.machine.renew()
    await sign()
    service.fault = (path) => (path.endsWith('/renewals') ? 'hang' : undefined)
    const lost = new AbortController()
    const renewal = opened.machine.renew(lost.signal)
    await expect.poll(() => renewals()).toHaveLength(2)
    const stated = Number(renewals()[1]?.['lastSeq'])
    const fields = await Promise.all(Array.from({ length: stated - 1 }, () => sign()))
    expect(Math.max(...fields.map(seqOf))).toBe(stated)
    const next = sign()
    lost.abort()
    await expect(renewal).rejects.toThrow('Could not reach')
    // Numbers are used up: only a renewal that is answered gives new ones, and it states the same number.
    await expect(next).rejects.toThrow('Could not reach')
    service.fault = () => undefined
    const fresh = await sign()
    expect([generationOf(fresh), seqOf(fresh)]).toEqual([3, 1])
    expect(renewals().at(-1)?.['lastSeq']).toBe(stated)
    expect(service.deployment.machine().state).toBe('active')
  })
})

describe('a renewal', () => {
  test('is shared by callers at the same time', async () => {
    await Promise.all(Array.from({ length: 10 }, () => opened.machine.renew()))
    expect(service.deployment.machine().generations).toHaveLength(2)
  })

  test('switches at once: what was begun before is signed with the old generation, what comes after with the new one', async () => {
    await opened.machine.renew()
    let signedMeanwhile: HttpField[] = []
    atStep = async (step) => {
      if (step === 'renewal-answered') signedMeanwhile = await sign()
    }
    await opened.machine.renew()
    expect(generationOf(signedMeanwhile)).toBe(2)
    expect(generationOf(await sign())).toBe(3)
  })

  test('writes the next keys before it sends, and the new generation before it signs', async () => {
    const pendingWhenSent: boolean[] = []
    service.fault = () => {
      pendingWhenSent.push(onDisk().pendingRenewal !== null)
      return undefined
    }
    atStep = (step) => {
      if (step === 'renewal-committed') expect(onDisk()).toMatchObject({ generation: 2, pendingRenewal: null })
    }
    await opened.machine.renew()
    expect(pendingWhenSent).toEqual([true])
    expect(steps).toEqual(['renewal-begun', 'renewal-keys-written', 'renewal-answered', 'renewal-committed'])
  })

  test('that never arrived leaves the agent signing, without an end of numbers', async () => {
    await opened.machine.renew()
    await service.pause()
    await expect(opened.machine.renew()).rejects.toThrow('connection refused')
    for (let count = 0; count < 3 * SEQUENCE_BLOCK; count += 1) await sign()
    await service.resume()
    await opened.machine.renew()
    expect(renewals().at(-1)?.['lastSeq']).toBeGreaterThanOrEqual(3 * SEQUENCE_BLOCK)
    expect(service.deployment.machine().state).toBe('active')
  })

  test('believes only the keys that it knows, and its own message’s answer', async () => {
    const forger = makeEs256Key()
    const claims = { aud: 'x', nonce: 'y' }
    const { deployment } = service
    for (const answer of [
      deployment.signJws('countersign-renewal+jwt', claims, forger),
      deployment.signJws('countersign-renewal+jwt', claims),
      deployment.signJws('countersign-services+jwt', claims),
      'nonsense',
      null,
    ]) {
      service.fault = () => ({ status: 200, body: JSON.stringify({ answer }) })
      await expect(opened.machine.renew()).rejects.toMatchObject({ code: 'answer_not_trusted' })
    }
    expect(onDisk().generation).toBe(1)
    service.fault = () => undefined
    await opened.machine.renew()
    expect(service.deployment.machine().state).toBe('active')
  })

  test('with a wrong clock takes the time from the service, signed by the key that it knows', async () => {
    service.deployment.clockOffsetMs = -3 * 3_600_000
    await opened.machine.renew()
    const created = Number(parameterOf(await sign(), /created=(\d+)/))
    expect(Math.abs(created - service.deployment.nowMs() / 1_000)).toBeLessThan(5)
    expect(service.calls.filter((call) => call.endsWith('/parameters'))).toHaveLength(2)
  })

  test.each(['quarantined', 'revoked'] as const)('of a %s machine is refused with that code', async (state) => {
    service.deployment.machine().state = state
    await expect(opened.machine.renew()).rejects.toMatchObject({ code: `machine_${state}`, exitCode: 1 })
  })

  test('a fault of the service is no refusal', async () => {
    for (const status of [500, 503, 429]) {
      service.fault = () => ({ status, body: '{"code":"internal_error"}' })
      await expect(opened.machine.renew()).rejects.toMatchObject({ exitCode: 3 })
    }
    service.fault = () => ({ status: 301, headers: { Location: `${service.url}/api/v1/elsewhere` } })
    await expect(opened.machine.renew()).rejects.toMatchObject({ code: 'unexpected_answer' })
  })
})

describe('signing', () => {
  test('needs a renewal of this very process', async () => {
    await expect(sign()).rejects.toMatchObject({ exitCode: 3 })
  })

  test('waits for the first renewal when that is on its way, and ends with it', async () => {
    let early = Promise.resolve<HttpField[]>([])
    atStep = (step) => {
      if (step === 'renewal-answered') early = sign()
    }
    await opened.machine.renew()
    expect(seqOf(await early)).toBe(1)
  })

  test('goes on while the service is away', async () => {
    await opened.machine.renew()
    await service.pause()
    expect(seqOf(await sign())).toBe(1)
    await service.resume()
  })

  test('for an unknown authority fetches the service list, at most once in ten seconds', async () => {
    await opened.machine.renew()
    const { services } = service.deployment
    service.deployment.services = [
      ...services,
      { service: 'stock', authorities: [{ authority: 'stock.example', pathPrefix: '' }], coveredFields: [] },
    ]
    expect(await sign('https://stock.example/')).toHaveLength(2)
    await expect(sign('https://other.example/')).rejects.toMatchObject({ code: 'authority_unknown' })
    expect(service.calls.filter((call) => call.endsWith('/service-list'))).toHaveLength(1)
  })

  test('takes the longest path prefix, which ends at a segment', async () => {
    service.deployment.services = [
      { service: 'a', authorities: [{ authority: 'one.example', pathPrefix: '/a' }], coveredFields: ['x-a'] },
      { service: 'ab', authorities: [{ authority: 'one.example', pathPrefix: '/a/b' }], coveredFields: ['x-b'] },
    ]
    await opened.machine.renew()
    const covered = async (path: string) => {
      const headers: HttpField[] = [
        ['X-A', '1'],
        ['X-B', '2'],
      ]
      const fields = await opened.machine.sign({
        method: 'GET',
        headers,
        ...parseRequestUrl(`https://one.example${path}`),
      })
      return parameterOf(fields, /"(x-[ab])"/)
    }
    expect([await covered('/a'), await covered('/a/x'), await covered('/a/b/c'), await covered('/a/bc')]).toEqual([
      'x-a',
      'x-a',
      'x-b',
      'x-a',
    ])
    await expect(covered('/ab')).rejects.toMatchObject({ code: 'authority_unknown' })
  })
})
