import type { Pool } from 'pg'
import { expect, test } from 'vitest'
import { formatId } from '@/lib/domain/ids'
import { newUuid } from '@/lib/server/new-uuid'
import { MachineDirectory } from '@/lib/server/verification/machine-directory'
import { ServiceDirectory } from '@/lib/server/verification/service-directory'
import type { ServiceSnapshot } from '@/lib/server/verification/service-directory-store'
import { seedMachine, seedService } from './support/seed-rows'
import { forEachSharedDatabase } from './support/shared-database'

/** The pool, and how often it was asked. */
function counted(pool: Pool): { pool: Pool; asked: () => number } {
  let asked = 0
  const counting = new Proxy(pool, {
    get(target, name) {
      if (name === 'query') asked++
      const value: unknown = Reflect.get(target, name)
      return typeof value === 'function' ? (value.bind(target) as unknown) : value
    },
  })
  return { pool: counting, asked: () => asked }
}

const jwk = {
  signing: '{"kty":"OKP","crv":"Ed25519","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}',
  agreement: '{"kty":"OKP","crv":"X25519","x":"hSDwCYkwp1R0i33ctD73Wg2_Og0mOBr066SpjqqbTmo"}',
}

async function addGeneration(pool: Pool, machineId: string, generation: number): Promise<void> {
  await pool.query(
    `INSERT INTO generation (machine_id, generation, day, signing_jwk, signing_thumbprint, agreement_jwk, agreement_thumbprint, generator_kid, expires_at)
     SELECT $1, $2, (now() AT TIME ZONE 'UTC')::date, $3, $4, $5, $6, kid, now() + interval '1 day'
       FROM deployment_key WHERE purpose = 'generator' LIMIT 1`,
    [machineId, generation, jwk.signing, newUuid(), jwk.agreement, newUuid()],
  )
}

forEachSharedDatabase('the machine directory', (open) => {
  test('looks a crowd of ids up together, and remembers those of nobody for a moment', async () => {
    const { database } = await open()
    const machine = await seedMachine(database.pool)
    await addGeneration(database.pool, machine.id, 1)
    const { pool, asked } = counted(database.pool)
    const directory = new MachineDirectory(pool, 'countersign.local')
    const ids = Array.from({ length: 300 }, () => formatId('mach', newUuid()))
    const known = formatId('mach', machine.id)
    const found = await Promise.all([...ids, ...ids, known].map((id) => directory.find(id)))
    expect(found.filter(({ outcome }) => outcome === 'unknown')).toHaveLength(600)
    expect(found.at(-1)).toMatchObject({ outcome: 'found', machine: { id: known, generation: 1 } })
    expect(asked()).toBe(1)
    expect(directory.peek(ids[0]!)).toEqual({ outcome: 'unknown' })
    expect(directory.peek(known)).toMatchObject({ outcome: 'found' })
    expect(directory.peek(formatId('mach', newUuid()))).toBeUndefined()
  })

  test('denies what does not fit into one look-up, at once', async () => {
    const { database } = await open()
    const { pool, asked } = counted(database.pool)
    const directory = new MachineDirectory(pool, 'countersign.local')
    const found = await Promise.all(Array.from({ length: 1_000 }, () => directory.find(formatId('mach', newUuid()))))
    expect(found.filter(({ outcome }) => outcome === 'unknown')).toHaveLength(512)
    expect(found.filter(({ outcome }) => outcome === 'unavailable')).toHaveLength(488)
    expect(asked()).toBe(1)
  })

  test('asks for unknown ids at most fifty times a second', async () => {
    const { database } = await open()
    const { pool, asked } = counted(database.pool)
    const directory = new MachineDirectory(pool, 'countersign.local')
    const startedMs = performance.now()
    for (let i = 0; i < 30; i++) await directory.find(formatId('mach', newUuid()))
    const seconds = (performance.now() - startedMs) / 1_000
    expect(asked()).toBe(30)
    expect(asked() / seconds).toBeLessThan(55)
  })

  test('a generation that was unknown is found as soon as the machine has renewed', async () => {
    const { database } = await open()
    const machine = await seedMachine(database.pool)
    await addGeneration(database.pool, machine.id, 1)
    const directory = new MachineDirectory(database.pool, 'countersign.local')
    const id = formatId('mach', machine.id)
    // Somebody asks early for generation 2: that must not be remembered.
    const generationsOf = async (isStale: boolean) => {
      const lookup = await directory.refresh(id, isStale)
      return lookup.outcome === 'found' ? [...lookup.machine.generations.keys()] : []
    }
    expect(await generationsOf(false)).toEqual([1])
    await addGeneration(database.pool, machine.id, 2)
    await database.pool.query('UPDATE machine SET generation = 2, version = version + 1 WHERE id = $1', [machine.id])
    expect((await generationsOf(true)).sort()).toEqual([1, 2])
  })

  test('a crowd that asks for a known machine shares its readings', async () => {
    const { database } = await open()
    const machine = await seedMachine(database.pool)
    await addGeneration(database.pool, machine.id, 1)
    const { pool, asked } = counted(database.pool)
    const directory = new MachineDirectory(pool, 'countersign.local')
    const id = formatId('mach', machine.id)
    await directory.find(id)
    await Promise.all(Array.from({ length: 200 }, () => directory.refresh(id, false)))
    // One more than the first; or two, because who asks while one is under way gets a later one.
    expect(asked()).toBeGreaterThan(1)
    expect(asked()).toBeLessThanOrEqual(3)
  })

  test('a database that fails is no answer about anybody', async () => {
    const { database } = await open()
    const broken = new Proxy(database.pool, { get: () => () => Promise.reject(new Error('gone')) })
    const directory = new MachineDirectory(broken, 'countersign.local')
    const id = formatId('mach', newUuid())
    expect(await directory.find(id)).toEqual({ outcome: 'unavailable' })
    expect(directory.peek(id)).toBeUndefined()
  })
})

forEachSharedDatabase('the service directory', (open) => {
  test('reads once for all who ask, not more often than every 100 ms, and anew when told to', async () => {
    const { database } = await open()
    const first = await seedService(database.pool)
    const retired = await seedService(database.pool, 'retired')
    const { pool, asked } = counted(database.pool)
    const directory = new ServiceDirectory(pool)
    expect(directory.current()).toBeUndefined()
    const readings = await Promise.all(Array.from({ length: 100 }, () => directory.reload()))
    expect(new Set(readings).size).toBe(1)
    expect(asked()).toBe(1)
    const idsOf = (snapshot: ServiceSnapshot) => [...snapshot.servicesBySlug.values()].map(({ uuid }) => uuid)
    expect(idsOf(readings[0]!)).toContain(first.id)
    expect(idsOf(readings[0]!)).not.toContain(retired.id)

    const second = await seedService(database.pool)
    expect(await directory.reload(true)).not.toBe(readings[0])
    expect(idsOf(directory.current()!)).toEqual(expect.arrayContaining([first.id, second.id]))
    expect(asked()).toBe(2)
  })

  test('a reading that fails leaves the last one, and the next one is tried', async () => {
    const { database } = await open()
    const service = await seedService(database.pool)
    let isAway = false
    const flaky = new Proxy(database.pool, {
      get: (target, name) => {
        if (isAway) return () => Promise.reject(new Error('gone'))
        const value: unknown = Reflect.get(target, name)
        return typeof value === 'function' ? (value.bind(target) as unknown) : value
      },
    })
    const directory = new ServiceDirectory(flaky)
    const before = await directory.reload(true)
    isAway = true
    await expect(directory.reload(true)).rejects.toThrow('gone')
    expect(directory.current()).toBe(before)
    isAway = false
    const after = [...(await directory.reload(true)).servicesBySlug.values()]
    expect(after.map(({ uuid }) => uuid)).toContain(service.id)
  })
})
