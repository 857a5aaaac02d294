import { createPrivateKey } from 'node:crypto'
import { HmacSha256, parseAgreementPublicJwk, parseSigningPublicJwk } from '@/lib/protocol'
import { insertAuditEvent } from '../audit/audit-store'
import type { PrismaClient } from '../database/generated/client'
import { DeploymentError } from './deployment-error'
import {
  findCurrentGeneratorKey,
  findGeneratorKey,
  isGeneratorCurrent,
  listDestroyedGenerators,
  listUsableDeploymentKeys,
  replaceGeneratorOnce,
  type StoredDeploymentKey,
} from './deployment-key-store'
import type { AssertionKey, DeploymentKeys, GeneratorKey } from './deployment-keys'
import { makeDeploymentKey, type SealedDeploymentKey } from './make-deployment-key'
import type { MasterKey } from './master-key'
import { systemActor } from './system-actor'

/** Protocol.md, section 2: the generator key is replaced every 24 h. */
const generatorLifetimeMs = 24 * 60 * 60 * 1000

/** Opens the keys of the deployment that stands in the database. Assertion keys are read now, generators when asked for. */
export async function openDeploymentKeys(options: {
  prisma: PrismaClient
  masterKey: MasterKey
  now: () => Date
}): Promise<DeploymentKeys> {
  const { prisma, masterKey, now } = options
  const assertionKeys = (await listUsableDeploymentKeys(prisma, 'assertion')).map((row) =>
    openAssertionKey(row, masterKey),
  )
  const signing = assertionKeys[0]
  if (!signing) throw new DeploymentError('The database holds a deployment but no key to sign its assertions with.')

  const queryHashKey = new HmacSha256(masterKey.deriveKey('query-hash'))
  let current: GeneratorKey | null = null
  let replacing: Promise<GeneratorKey> | null = null
  const generators = new Map<string, GeneratorKey>()
  const destroyed = new Set<string>()

  const remember = (row: StoredDeploymentKey): GeneratorKey => {
    const known = generators.get(row.kid)
    if (known) return known
    const opened = openGeneratorKey(row, masterKey)
    generators.set(opened.kid, opened)
    return opened
  }

  const loadCurrent = async (): Promise<GeneratorKey> => {
    const instant = now()
    const createdAfter = new Date(instant.getTime() - generatorLifetimeMs)
    const row =
      (await findCurrentGeneratorKey(prisma, createdAfter)) ??
      (await replaceGenerator(prisma, makeDeploymentKey('generator', masterKey, instant), createdAfter))
    return (current = remember(row))
  }

  return {
    async currentGenerator() {
      if (current && now().getTime() - current.createdAt.getTime() < generatorLifetimeMs) return current
      replacing ??= loadCurrent().finally(() => (replacing = null))
      return replacing
    },
    async findGenerator(kid) {
      const known = generators.get(kid)
      if (known) return known
      if (destroyed.has(kid)) return null
      const row = await findGeneratorKey(prisma, kid)
      if (!row) return null
      if (row.ciphertext === null) {
        destroyed.add(kid)
        return null
      }
      return remember(row)
    },
    async refresh() {
      for (const kid of await listDestroyedGenerators(prisma, [...generators.keys()])) {
        generators.delete(kid)
        destroyed.add(kid)
      }
      if (current && !(await isGeneratorCurrent(prisma, current.kid))) current = null
    },
    assertion: () => signing,
    assertionPublicKeys: () => assertionKeys.map((key) => ({ ...key.publicJwk, kid: key.kid })),
    queryHashKey: () => queryHashKey,
  }
}

/** Of two nodes that replace it at once, one does, and both go on with its key. */
async function replaceGenerator(
  prisma: PrismaClient,
  fresh: SealedDeploymentKey,
  createdAfter: Date,
): Promise<StoredDeploymentKey> {
  return prisma.$transaction(async (tx) => {
    const current = await replaceGeneratorOnce(tx, fresh, createdAfter)
    if (current.kid === fresh.kid) {
      await insertAuditEvent(tx, {
        action: 'deployment_key.create',
        actor: systemActor,
        target: { id: fresh.kid, name: fresh.purpose },
        at: fresh.createdAt,
      })
    }
    return current
  })
}

function openGeneratorKey(row: StoredDeploymentKey, masterKey: MasterKey): GeneratorKey {
  const parsed = parseAgreementPublicJwk(row.publicJwk)
  if (parsed.outcome === 'refused') throw new Error(`The public half of generator ${row.kid} is not an X25519 key.`)
  return { kid: row.kid, publicJwk: parsed.jwk, privateKey: openPrivateKey(row, masterKey), createdAt: row.createdAt }
}

function openAssertionKey(row: StoredDeploymentKey, masterKey: MasterKey): AssertionKey {
  const parsed = parseSigningPublicJwk(row.publicJwk)
  if (parsed.outcome === 'refused' || parsed.jwk.kty !== 'EC') {
    throw new Error(`The public half of assertion key ${row.kid} is not a P-256 key.`)
  }
  return { kid: row.kid, publicJwk: parsed.jwk, privateKey: openPrivateKey(row, masterKey) }
}

function openPrivateKey(row: StoredDeploymentKey, masterKey: MasterKey) {
  if (row.ciphertext === null) throw new Error(`The private half of ${row.kid} was destroyed.`)
  const place = { table: 'deployment_key', column: 'ciphertext', rowId: row.kid }
  const bytes = masterKey.openField(row.ciphertext, place)
  const key = createPrivateKey({ key: bytes, format: 'der', type: 'pkcs8' })
  bytes.fill(0)
  return key
}
