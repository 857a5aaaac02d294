import { createSecretKey, randomBytes, type KeyObject } from 'node:crypto'
import { chmod, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
import path from 'node:path'
import pino from 'pino'
import { describe, expect, test } from 'vitest'
import { formatId, parseId } from '@/lib/domain/ids'
import type { Dependencies } from '@/lib/server/dependencies'
import { checkDatabaseIdentity } from '@/lib/server/keys/check-database-identity'
import { destroyUnusedGenerators } from '@/lib/server/keys/destroy-unused-generators'
import { openDeployment } from '@/lib/server/keys/open-deployment'
import { openDeploymentKeys } from '@/lib/server/keys/open-deployment-keys'
import { openMasterKey } from '@/lib/server/keys/open-master-key'
import { separateCopy } from '@/lib/server/keys/separate-copy'
import { systemActor } from '@/lib/server/keys/system-actor'
import { apiOf } from '../api/call-api'
import { createTestPlace, forEachDatabase } from '../setup/open-test-dependencies'
import { createEnrollmentWorld, makeMachineKeys } from './enrollment-world'

const log = pino({ level: 'silent' })
const hour = 3600_000

describe('the master key', () => {
  const masterKey = openMasterKey({ version: 1, key: createSecretKey(randomBytes(32)) })
  const place = { table: 'deployment_key', column: 'ciphertext', rowId: 'a' }

  test('opens what it sealed, where it was sealed, and never the same bytes twice', () => {
    const sealed = masterKey.sealField(Buffer.from('secret'), place)
    expect(masterKey.openField(sealed, place).toString()).toBe('secret')
    expect(masterKey.sealField(Buffer.from('secret'), place)).not.toEqual(sealed)
    expect([sealed[0], sealed.readUInt32BE(1), sealed.length]).toEqual([1, 1, 5 + 12 + 6 + 16])
  })

  test('opens nothing in another place, of another version, changed or cut', () => {
    const sealed = masterKey.sealField(Buffer.from('secret'), place)
    for (const other of [{ table: 'operator' }, { column: 'public_jwk' }, { rowId: 'b' }]) {
      expect(() => masterKey.openField(sealed, { ...place, ...other })).toThrow(/does not open/)
    }
    for (const [index] of sealed.entries()) {
      const changed = Buffer.from(sealed)
      changed.writeUInt8(changed.readUInt8(index) ^ 1, index)
      expect(() => masterKey.openField(changed, place)).toThrow()
      expect(() => masterKey.openField(sealed.subarray(0, index), place)).toThrow()
    }
  })

  test('another version of the same key opens nothing, and gives no other key for the same purpose', () => {
    const key = createSecretKey(randomBytes(32))
    const [first, second] = [openMasterKey({ version: 1, key }), openMasterKey({ version: 2, key })]
    expect(() => second.openField(first.sealField(Buffer.from('x'), place), place)).toThrow(/version 1 .* version 2/)
    const purposes = ['database-field', 'key-check', 'session', 'query-hash', 'probe'] as const
    const derived = purposes.map((purpose) => first.deriveKey(purpose).export().toString('hex'))
    expect(new Set(derived).size).toBe(purposes.length)
  })
})

forEachDatabase('the deployment', (open, kind) => {
  const reopen = ({ prisma, settings, now }: Dependencies, changes: Partial<Dependencies['settings']>) =>
    openDeployment({ prisma, settings: { ...settings, ...changes }, log, now })

  test('is made at first start and is the same afterwards', async () => {
    const { dependencies: deps } = await open()
    const again = await reopen(deps, {})
    expect(again.deployment).toEqual(deps.deployment)
    expect(again.deployment).toEqual({
      id: expect.stringMatching(/^dep_/) as unknown,
      trustDomain: 'countersign.local',
    })
    expect(again.keys.assertion().kid).toBe(deps.keys.assertion().kid)
    const keys = await deps.prisma.deploymentKey.findMany({ orderBy: { purpose: 'asc' } })
    expect(keys.map((key) => key.purpose)).toEqual(['assertion', 'checkpoint', 'generator', 'sealing'])
    expect(await deps.prisma.auditEvent.count({ where: { action: 'deployment.start' } })).toBe(1)
  })

  test('does not start with another master key, and says what to do', async () => {
    const { dependencies: deps } = await open()
    const masterKey = randomBytes(32).toString('base64url')
    const failure = await reopen(deps, { masterKeyFile: undefined, masterKey }).catch((error: unknown) => error)
    expect(failure).toMatchObject({ code: 'deployment_refused' })
    expect(String(failure)).toMatch(/COUNTERSIGN_MASTER_KEY is not the master key of this database/)
    expect(String(failure)).not.toContain(masterKey)
  })

  test('opens no private key that was moved from another row', async () => {
    const { dependencies: deps } = await open()
    const [generator, sealing] = await deps.prisma.deploymentKey.findMany({
      where: { purpose: { in: ['generator', 'sealing'] } },
      orderBy: { purpose: 'asc' },
    })
    await deps.prisma.deploymentKey.update({
      where: { kid: generator?.kid ?? '' },
      data: { ciphertext: sealing?.ciphertext ?? null },
    })
    const keys = await openDeploymentKeys(deps)
    await expect(keys.currentGenerator()).rejects.toThrow(/does not open/)
  })

  test('replaces its generator after a day, and two nodes agree on the next one', async () => {
    let instant = Date.now()
    const now = () => new Date(instant)
    const { dependencies: deps } = await open({ now })
    const nodes = [deps.keys, await openDeploymentKeys(deps), await openDeploymentKeys(deps)]
    const current = () => Promise.all(nodes.flatMap((keys) => [keys.currentGenerator(), keys.currentGenerator()]))
    const first = new Set((await current()).map((key) => key.kid))
    expect(first.size).toBe(1)
    instant += 24 * hour - 1
    expect(new Set((await current()).map((key) => key.kid))).toEqual(first)
    instant += 1
    const second = new Set((await current()).map((key) => key.kid))
    expect(second.size).toBe(1)
    expect(second).not.toEqual(first)
    const rows = await deps.prisma.deploymentKey.findMany({
      where: { purpose: 'generator' },
      orderBy: { createdAt: 'asc' },
    })
    expect(rows.map((row) => row.retiredAt !== null)).toEqual([true, false])
    for (const keys of nodes) expect(await keys.findGenerator([...first][0] ?? '')).not.toBeNull()
    expect(await deps.keys.findGenerator('unknown')).toBeNull()
  })

  test('destroys a generator when the last generation bound to it has expired, and not before', async () => {
    let instant = Date.now()
    const now = () => new Date(instant)
    const { dependencies: deps } = await open({ now })
    const w = createEnrollmentWorld(deps)
    const otherNode = await openDeploymentKeys(deps)
    await w.enroll(await w.createToken({ machineLifetimeSeconds: 30 * 3600 }))
    const { kid } = await deps.keys.currentGenerator()
    expect(await otherNode.findGenerator(kid)).not.toBeNull()
    instant += 29 * hour
    await deps.keys.currentGenerator()
    expect(await destroyUnusedGenerators(deps)).toEqual([])
    instant += 2 * hour
    expect(await destroyUnusedGenerators(deps)).toEqual([kid])
    expect(await destroyUnusedGenerators(deps)).toEqual([])
    expect(await deps.prisma.deploymentKey.findUnique({ where: { kid } })).toMatchObject({ ciphertext: null })
    expect(await deps.keys.findGenerator(kid)).toBeNull()
    await otherNode.refresh()
    expect(await otherNode.findGenerator(kid)).toBeNull()
    expect(await w.listAudit('deployment_key.destroy')).toMatchObject([{ targetId: kid }])
    expect(await deps.keys.currentGenerator()).not.toMatchObject({ kid })
  })

  test('refuses credentials from before the database became another server or timeline', async () => {
    const { dependencies: deps } = await open()
    const read = async () => {
      const { rows } = await deps.pool.query<{ system: string; timeline: number; from: string }>(
        `SELECT "system_identifier" AS system, "timeline", "credentials_from"::text AS from FROM "deployment"`,
      )
      return rows[0]
    }
    const before = await read()
    expect(before?.system).toMatch(/^\d{10,}$/)
    expect(before).toMatchObject({ timeline: 1, from: '-infinity' })
    expect(await checkDatabaseIdentity(deps)).toEqual({ outcome: 'same' })
    for (const [change, outcome] of [
      [`"system_identifier" = '1'`, 'restored'],
      [`"timeline" = 7`, 'promoted'],
    ]) {
      await deps.pool.query(`UPDATE "deployment" SET ${change}, "credentials_from" = '-infinity'`)
      const outcomes = await Promise.all([checkDatabaseIdentity(deps), checkDatabaseIdentity(deps)])
      expect(outcomes.map(({ outcome }) => outcome).sort()).toEqual([outcome, 'same'].sort())
      const after = await read()
      expect(after).toMatchObject({ system: before?.system, timeline: 1 })
      const { rows } = await deps.pool.query<{ ahead: number }>(
        `SELECT extract(epoch FROM "credentials_from" - clock_timestamp())::float8 AS ahead FROM "deployment"`,
      )
      expect(rows[0]?.ahead).toBeGreaterThan(20)
      expect(rows[0]?.ahead).toBeLessThanOrEqual(30)
    }
    expect(await deps.prisma.auditEvent.count({ where: { action: 'deployment.restore_detected' } })).toBe(2)
  })

  test('in another cluster no machine is active until an operator says since when data are missing', async () => {
    const opened = await open()
    const { dependencies: deps } = opened
    const w = createEnrollmentWorld(deps)
    const [kept, revoked, suspended] = [await enrollOne(w), await enrollOne(w), await enrollOne(w)]
    const setState = (id: string, state: string) =>
      deps.pool.query('UPDATE machine SET state = $2 WHERE id = $1', [parseId('mach', id), state])
    await setState(suspended, 'suspended')
    const states = async () => {
      const { rows } = await deps.pool.query<{ id: string; state: string; version: string }>(
        'SELECT id, state, version FROM machine',
      )
      return [kept, revoked, suspended].map((id) => rows.find((row) => row.id === parseId('mach', id))!)
    }
    const call = apiOf(opened)
    const say = (since: Date) => call('stateMissingData', { body: { since: since.toISOString() } })
    expect(await say(new Date())).toMatchObject({ status: 409 })

    const before = await states()
    await deps.pool.query(`UPDATE "deployment" SET "system_identifier" = '1'`)
    expect(await checkDatabaseIdentity(deps)).toEqual({ outcome: 'restored' })
    const after = await states()
    expect(after.map(({ state }) => state)).toEqual(['expired', 'expired', 'suspended'])
    expect(Number(after[0]!.version)).toBeGreaterThan(Number(before[0]!.version))
    // A failover while the word is waited for changes nothing about that.
    await deps.pool.query(`UPDATE "deployment" SET "timeline" = 7`)
    expect(await checkDatabaseIdentity(deps)).toEqual({ outcome: 'promoted' })
    await setState(revoked, 'revoked')
    expect(await say(new Date(Date.now() + 3_600_000))).toMatchObject({ status: 409 })
    expect(await say(new Date(0))).toMatchObject({ status: 409 })
    const { rows } = await deps.pool.query<{ at: Date }>('SELECT restored_at AS at FROM deployment')
    expect(await say(rows[0]!.at)).toMatchObject({ status: 200, body: { machines: 1 } })
    expect((await states()).map(({ state }) => state)).toEqual(['active', 'revoked', 'suspended'])
    expect(await w.listAudit('deployment.state_missing_data')).toHaveLength(1)

    // What nobody could notice an operator declares.
    const declared = await call('declareRestored', { body: { reason: 'To a point in time' } })
    expect(declared).toMatchObject({ status: 200, body: { machines: 1 } })
    expect((await call('getDeployment')).body.restoredAt).not.toBeNull()
    expect((await states()).map(({ state }) => state)).toEqual(['expired', 'revoked', 'suspended'])
  })

  test('a copy that gets a trust domain of its own keeps no key and no machine of the original', async () => {
    const { dependencies: deps } = await open()
    const w = createEnrollmentWorld(deps)
    const machine = await enrollOne(w)
    const { masterKey, prisma } = deps
    const options = { masterKey, actor: systemActor, now: deps.now }
    await expect(separateCopy(prisma, { ...options, trustDomain: 'countersign.local' })).rejects.toMatchObject({
      code: 'deployment_refused',
    })
    await separateCopy(prisma, { ...options, trustDomain: 'tests.example' })
    const copy = await reopen(deps, {})
    expect(copy.deployment).toEqual({ id: deps.deployment.id, trustDomain: 'tests.example' })
    expect(copy.keys.assertion().kid).not.toBe(deps.keys.assertion().kid)
    expect(copy.keys.assertionPublicKeys().map(({ kid }) => kid)).not.toContain(deps.keys.assertion().kid)
    const old = await deps.prisma.deploymentKey.findMany({ where: { destroyedAt: { not: null } } })
    expect(old.map(({ ciphertext }) => ciphertext)).toEqual([null, null, null, null])
    const row = await deps.prisma.machine.findUniqueOrThrow({ where: { id: parseId('mach', machine)! } })
    expect(row.state).toBe('revoked')
    const { rows } = await deps.pool.query('SELECT 1 FROM deployment WHERE credentials_from > clock_timestamp()')
    expect(rows).toHaveLength(1)
  })

  test('no table holds a private key, a token’s seed or the master key', async () => {
    const { dependencies: deps } = await open()
    const w = createEnrollmentWorld(deps)
    const token = await w.createToken()
    const [keys, next] = [makeMachineKeys(), makeMachineKeys()]
    const machine = await w.enroll(token, keys)
    await w.send(w.renewalMessage(machine, 1, keys, next))
    const privateKeys = [keys, next].flatMap((pair) => [pair.signing.privateKey, pair.agreement.privateKey])
    const secrets = [
      ...[...privateKeys, token.privateKey, deps.keys.assertion().privateKey].map(privateBytes),
      privateBytes((await deps.keys.currentGenerator()).privateKey),
      Buffer.from((await readFile(deps.settings.masterKeyFile ?? '', 'utf8')).trim(), 'base64url'),
    ]
    const tables = await deps.pool.query<{ name: string }>(
      `SELECT quote_ident(relname) AS name FROM pg_class WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace`,
    )
    let everything = ''
    for (const { name } of tables.rows) {
      const { rows } = await deps.pool.query<{ row: string }>(`SELECT t::text AS row FROM ${name} AS t`)
      everything += rows.map(({ row }) => row).join('\n')
    }
    // That the search finds what is there: a public key, as JSON and in hexadecimal.
    expect(everything).toContain(keys.signing.jwk.x)
    expect(everything).toContain(token.publicBytes.toString('hex'))
    for (const secret of secrets) {
      expect(secret).toHaveLength(32)
      for (const encoding of ['hex', 'base64', 'base64url'] as const) {
        expect(everything.includes(secret.toString(encoding).replace(/=+$/, ''))).toBe(false)
      }
    }
  })

  if (kind === 'embedded') {
    test('makes its master key at first start, outside the data directory, for its owner alone', async () => {
      const { dependencies: deps, place } = await open({ environment: { COUNTERSIGN_MASTER_KEY_FILE: '' } })
      const file = path.join(deps.settings.configDirectory, `${deps.deployment.id}.key`)
      expect(file.startsWith(place.dataDirectory)).toBe(false)
      expect((await stat(file)).mode & 0o777).toBe(0o600)
      expect((await stat(deps.settings.configDirectory)).mode & 0o777).toBe(0o700)
      const before = await readFile(file)
      await expect(reopen(deps, {})).resolves.toMatchObject({ deployment: deps.deployment })
      expect(await readFile(file)).toEqual(before)
      await chmod(file, 0o644)
      await expect(reopen(deps, {})).rejects.toMatchObject({ code: 'path_not_private' })
      await rm(file)
      await expect(reopen(deps, {})).rejects.toThrow(file)
      expect(await readdir(deps.settings.configDirectory)).toEqual([])
      await writeFile(file, `${randomBytes(32).toString('base64url')}\n`, { mode: 0o600 })
      await expect(reopen(deps, {})).rejects.toThrow(/is not the master key of this database/)
    })
  } else {
    test('keeps its trust domain, and names both when another is given', async () => {
      const { dependencies: deps } = await open({ environment: { COUNTERSIGN_TRUST_DOMAIN: 'prod.example' } })
      expect(deps.deployment.trustDomain).toBe('prod.example')
      await expect(reopen(deps, { trustDomain: undefined })).resolves.toMatchObject({
        deployment: { trustDomain: 'prod.example' },
      })
      await expect(reopen(deps, { trustDomain: 'test.example' })).rejects.toThrow(/test\.example.*prod\.example/)
    })

    test('refuses a master key that is none, or that others can read', async () => {
      const { dependencies: deps } = await open()
      const file = deps.settings.masterKeyFile ?? ''
      for (const masterKey of [
        'x',
        randomBytes(31).toString('base64url'),
        `${randomBytes(32).toString('base64url')}=`,
      ]) {
        const failure = await reopen(deps, { masterKeyFile: undefined, masterKey }).catch((error: unknown) => error)
        expect(String(failure)).toMatch(/32 random bytes in base64url/)
        expect(String(failure)).not.toContain(masterKey.repeat(2))
      }
      await chmod(file, 0o640)
      await expect(reopen(deps, {})).rejects.toThrow(`chmod 600 ${file}`)
      await rm(file)
      await expect(reopen(deps, {})).rejects.toThrow(/There is no file/)
    })

    test('of four nodes that start at once on an empty database one makes it, and all open it', async () => {
      const place = await createTestPlace(kind)
      const nodes = await Promise.all(Array.from({ length: 4 }, () => open({ place })))
      const ids = nodes.map(({ dependencies }) => dependencies.deployment.id)
      expect(new Set(ids).size).toBe(1)
      expect(new Set(nodes.map(({ dependencies }) => dependencies.keys.assertion().kid)).size).toBe(1)
      const deps = nodes[0]?.dependencies
      const row = await deps?.prisma.deployment.findFirstOrThrow({ select: { id: true } })
      expect(formatId('dep', row?.id ?? '')).toBe(ids[0])
      expect(await deps?.prisma.deploymentKey.count()).toBe(4)
    })
  }
})

/** A new machine; its id. */
async function enrollOne(w: ReturnType<typeof createEnrollmentWorld>): Promise<string> {
  return (await w.enroll()).id
}

/** The 32 secret bytes of a key. */
function privateBytes(key: KeyObject): Buffer {
  return Buffer.from(key.export({ format: 'jwk' }).d ?? '', 'base64url')
}
